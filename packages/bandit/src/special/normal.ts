const STEP = 64
const REACH = 9
// Density and upper tail at 0, 1/64, …, 9.
const densities = new Float64Array(REACH * STEP + 1)
const tails = new Float64Array(REACH * STEP + 1)
for (let k = 0; k < densities.length; k++) {
  const z = k / STEP
  densities[k] = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)
  tails[k] = z < 2 ? 0.5 - densities[k]! * series(z) : densities[k]! * millsRatio(z)
}

/** Σ z^(2k+1)/(1·3·5⋯(2k+1)). */
function series(z: number): number {
  let [sum, term] = [z, z]
  for (let k = 3; term > 1e-18; k += 2) {
    term *= (z * z) / k
    sum += term
  }
  return sum
}

/** Laplace's continued fraction 1/(z + 1/(z + 2/(z + …))), from its tail. */
function millsRatio(z: number): number {
  let value = z
  for (let k = 160; k >= 1; k--) value = z + k / value
  return 1 / value
}

/** Upper tail and density of the standard normal, in place of a pair. Valid until the next call. */
export const normal = { tail: 0, density: 0 }

/**
 * Sets `normal.tail` = 1 − Φ(z) and `normal.density` = φ(z): a Taylor step of at most 1/128 from the nearest table entry, so no
 * exponential. Error ≤ 1e-14 relative to max(tail, 1e-3); 0 or 1 beyond |z| = 9.
 */
export function evaluateNormal(z: number): void {
  const distance = Math.abs(z)
  if (!(distance < REACH)) {
    normal.tail = z > 0 ? 0 : 1
    normal.density = 0
    return
  }
  const k = (distance * STEP + 0.5) | 0
  const a = k / STEP
  const step = distance - a
  const square = a * a
  // Q(a + δ) = Q(a) − φ(a)·Σ (−1)ᵏ Heₖ(a) δᵏ⁺¹/(k + 1)!
  const fifth = (square * (square - 6) + 3) * (step / 120)
  const sum = step * (1 - step * (a / 2 - step * ((square - 1) / 6 - step * ((square - 3) * (a / 24) - fifth))))
  const density = densities[k]!
  const tail = tails[k]! - density * sum
  const u = -step * (a + step / 2)
  normal.density = density * (1 + u * (1 + u * (1 / 2 + u * (1 / 6 + u * (1 / 24 + u * (1 / 120 + u / 720))))))
  normal.tail = z < 0 ? 1 - tail : tail
}
