import { expOfMinus } from './exponential.ts'
import { logOfOnePlus } from './logarithm.ts'
import { normalDensity, normalTail } from './normal.ts'

const LARGE = 22
// From here on the last term of Hill's transform moves a tail by less than 1e-12.
const REFINED = 400
/** Numbers that the evaluation needs of ν: those named below, then one coefficient per recurrence term. */
export const STUDENT_CELLS = 20
const [FREEDOM, INVERSE, POWER, PEAK, A, B, INVERSE_B, TERMS, FIRST] = [0, 1, 2, 3, 4, 5, 6, 7, 8]

/** Prepares `cells[at … at + STUDENT_CELLS)` for ν > 0 degrees of freedom; Infinity is the normal. */
export function prepareStudent(cells: Float64Array, at: number, freedom: number): void {
  if (cells[at + FREEDOM] === freedom) return
  const terms = freedom < LARGE ? Math.ceil((LARGE - freedom) / 2) : 0
  const large = freedom + 2 * terms
  const a = large - 0.5
  cells[at + FREEDOM] = freedom
  cells[at + INVERSE] = 1 / freedom
  cells[at + POWER] = (freedom + 1) / 2
  cells[at + PEAK] = peakOf(freedom)
  cells[at + A] = a
  cells[at + B] = 48 * a * a
  cells[at + INVERSE_B] = 1 / (48 * a * a)
  cells[at + TERMS] = terms
  let coefficient = 1
  for (let k = 0; k < terms; k++) {
    cells[at + FIRST + k] = coefficient
    coefficient *= (freedom / 2 + k + 0.5) / (freedom / 2 + k + 1)
  }
}

/** The density at 0, Γ((ν+1)/2) / (Γ(ν/2)·√(πν)): an expansion in 1/ν where ν is large, Γ's recurrence down from there. */
function peakOf(freedom: number): number {
  if (freedom === Infinity) return normalDensity(0)
  const steps = freedom < 40 ? Math.ceil((40 - freedom) / 2) : 0
  const u = 1 / (freedom + 2 * steps)
  let ratio = Math.sqrt(0.5 / u) * (1 - u * (1 / 4 - u * (1 / 32 + u * (5 / 128 - u * (21 / 2048 + u * (399 / 8192 - u * (869 / 65_536 + u * (39_325 / 262_144))))))))
  for (let k = steps - 1; k >= 0; k--) ratio *= (freedom + 2 * k) / (freedom + 2 * k + 1)
  return ratio / Math.sqrt(Math.PI * freedom)
}

/**
 * Upper tails of a Student-t at scale · distances[n], from ≤ n < to, and its densities there. Error of a tail ≤ 1e-11, of a density
 * ≤ 3e-12 relative.
 *
 * The tail at ν ≥ 22 is a normal tail at Hill's transform of t (Hill 1970, CACM Algorithm 395). Smaller ν go up by the recurrence of
 * the incomplete beta function in its first argument: Q_ν(t) = Q_ν₊₂ₘ(t′) + f_ν(t)·t/ν·Σ_{k<m} cₖxᵏ, x = ν/(ν + t²) staying the same.
 */
export function evaluateStudent(cells: Float64Array, at: number, scale: number, distances: Float64Array, from: number, to: number, tails: Float64Array, densities: Float64Array): void {
  if (cells[at + FREEDOM] === Infinity) {
    evaluateNormal(scale, distances, from, to, tails, densities)
    return
  }
  const inverse = cells[at + INVERSE]!
  const power = cells[at + POWER]!
  const peak = cells[at + PEAK]!
  const a = cells[at + A]!
  const b = cells[at + B]!
  const inverseB = cells[at + INVERSE_B]!
  const terms = cells[at + TERMS]!
  const powerByA = power / a
  // step by step over all, so that the processor works on several at once; tails hold a·ln(1 + y) in between
  for (let n = from; n < to; n++) {
    const t = scale * distances[n]!
    tails[n] = a * logOfOnePlus(t * t * inverse)
  }
  for (let n = from; n < to; n++) densities[n] = peak * expOfMinus(powerByA * tails[n]!)
  if (a < REFINED) {
    for (let n = from; n < to; n++) {
      const square = tails[n]!
      const last = (square * (square * (4 * square + 33) + 240) + 855) / (10 * (b + 0.8 * square * square + 100))
      tails[n] = normalTail(Math.sqrt(square) * (1 + (square + 3 - last) * inverseB))
    }
  } else {
    for (let n = from; n < to; n++) {
      const square = tails[n]!
      tails[n] = normalTail(Math.sqrt(square) * (1 + (square + 3) * inverseB))
    }
  }
  const end = at + FIRST + terms
  if (terms > 0) {
    for (let n = from; n < to; n++) {
      const t = scale * distances[n]!
      const x = 1 / (1 + t * t * inverse)
      let sum = 0
      for (let k = end - 1; k >= at + FIRST; k--) sum = sum * x + cells[k]!
      tails[n]! += densities[n]! * Math.abs(t) * inverse * sum
    }
  }
  for (let n = from; n < to; n++) if (distances[n]! < 0) tails[n] = 1 - tails[n]!
}

function evaluateNormal(scale: number, distances: Float64Array, from: number, to: number, tails: Float64Array, densities: Float64Array): void {
  for (let n = from; n < to; n++) {
    const t = scale * distances[n]!
    densities[n] = normalDensity(t)
    tails[n] = normalTail(t)
  }
}
