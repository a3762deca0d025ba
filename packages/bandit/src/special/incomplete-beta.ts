/** ln Γ(x) for x > 0: Stirling's series after shifting x above 12. Relative error ≤ 1e-15 of max(1, |ln Γ|). */
export function logGamma(x: number): number {
  let shift = 1
  let z = x
  while (z < 12) shift *= z++
  const u = 1 / (z * z)
  const series = (1 / 12 - u * (1 / 360 - u * (1 / 1260 - u * (1 / 1680 - u * (1 / 1188 - u * (691 / 360_360 - u / 156)))))) / z
  return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series - Math.log(shift)
}

/** ln B(a, b). */
export const logBeta = (a: number, b: number): number => logGamma(a) + logGamma(b) - logGamma(a + b)

/**
 * Regularised incomplete beta I_x(a, b) given `front` = x^a (1 − x)^b / B(a, b), by its continued fraction (Lentz's method), on the
 * side where it converges. About √max(a, b) terms.
 * @see NIST Digital Library of Mathematical Functions, 8.17.22
 */
export function incompleteBeta(a: number, b: number, x: number, front: number): number {
  if (x < (a + 1) / (a + b + 2)) return (front * fraction(a, b, x)) / a
  return 1 - (front * fraction(b, a, 1 - x)) / b
}

const TINY = 1e-300

function fraction(a: number, b: number, x: number): number {
  const kept = (value: number) => (Math.abs(value) < TINY ? TINY : value)
  let c = 1
  let d = 1 / kept(1 - ((a + b) * x) / (a + 1))
  let h = d
  for (let m = 1; m < 100_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / kept(1 + even * d)
    c = kept(1 + even / c)
    h *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / kept(1 + odd * d)
    c = kept(1 + odd / c)
    const factor = d * c
    h *= factor
    if (Math.abs(factor - 1) < 1e-15) break
  }
  return h
}
