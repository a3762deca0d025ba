import { evaluateNormal, normal } from './normal.ts'

const LARGE = 30
/** Terms that carry the tail from ν to ν + 2m ≥ 30. */
export const MAX_TERMS = 16

/** What the evaluation needs of a number of degrees of freedom. Fields are plain so that a pool of them can be reused. */
export interface StudentShape {
  /** Degrees of freedom ν; Infinity is the normal. */
  freedom: number
  /** Density at 0. */
  peak: number
  /** Number m of recurrence terms, and their coefficients Πⱼ (ν/2 + j + ½)/(ν/2 + j + 1). */
  terms: number
  readonly coefficients: Float64Array
  /** Of the large ν′ = ν + 2m: a = ν′ − ½ and 48a². */
  a: number
  b: number
}

export const createShape = (): StudentShape => ({ freedom: Infinity, peak: 0, terms: 0, coefficients: new Float64Array(MAX_TERMS), a: 0, b: 0 })

/** Prepares `shape` for ν > 0 degrees of freedom. */
export function setFreedom(shape: StudentShape, freedom: number): void {
  if (shape.freedom === freedom && shape.peak !== 0) return
  shape.freedom = freedom
  shape.terms = freedom < LARGE ? Math.ceil((LARGE - freedom) / 2) : 0
  const large = freedom + 2 * shape.terms
  shape.a = large - 0.5
  shape.b = 48 * shape.a * shape.a
  const u = 1 / large
  // Γ((ν+1)/2) / (Γ(ν/2)·√(ν/2)) for large ν, then down by Γ's recurrence
  let ratio = Math.sqrt(large / 2) * (1 - u * (1 / 4 - u * (1 / 32 + u * (5 / 128 - u * (21 / 2048 + u * (399 / 8192 - u * (869 / 65536 + (u * 39325) / 262144)))))))
  for (let nu = large - 2; nu > freedom - 1; nu -= 2) ratio *= nu / (nu + 1)
  shape.peak = freedom === Infinity ? 1 / Math.sqrt(2 * Math.PI) : ratio / Math.sqrt(Math.PI * freedom)
  let coefficient = 1
  for (let k = 0; k < shape.terms; k++) {
    shape.coefficients[k] = coefficient
    coefficient *= (freedom / 2 + k + 0.5) / (freedom / 2 + k + 1)
  }
}

/** Upper tail and density of a Student-t, in place of a pair. Valid until the next call. */
export const student = { tail: 0, density: 0 }

/**
 * Sets `student` for t. Error of the tail ≤ 2e-12 (measured against quadrature), of the density ≤ 1e-13 relative.
 *
 * The tail at ν ≥ 30 is a normal tail at Hill's transform of t (Hill 1970, CACM Algorithm 395). Smaller ν go up by the recurrence of
 * the incomplete beta function in its first argument, Q_ν(t) = Q_ν₊₂ₘ(t′) + f_ν(t)·t/ν·Σ_{k<m} cₖxᵏ, with x = ν/(ν + t²) kept.
 */
export function evaluateStudent(shape: StudentShape, t: number): void {
  const { freedom } = shape
  if (freedom === Infinity) {
    evaluateNormal(t)
    student.tail = normal.tail
    student.density = normal.density
    return
  }
  const y = (t * t) / freedom
  // log(1 + y); the series saves a call and the digits that 1 + y would lose
  const log = y < 0.01 ? y * (1 - y * (1 / 2 - y * (1 / 3 - y * (1 / 4 - y * (1 / 5 - y * (1 / 6 - y / 7)))))) : Math.log(1 + y)
  const density = shape.peak * Math.exp(-0.5 * (freedom + 1) * log)
  const square = shape.a * log
  const { b } = shape
  const z = Math.sqrt(square) * (1 + (square + 3) / b - (square * (square * (4 * square + 33) + 240) + 855) / (10 * b * (b + 0.8 * square * square + 100)))
  evaluateNormal(z)
  let { tail } = normal
  if (shape.terms > 0) {
    const x = 1 / (1 + y)
    const { coefficients } = shape
    let sum = 0
    for (let k = shape.terms - 1; k >= 0; k--) sum = sum * x + coefficients[k]!
    tail += density * (Math.abs(t) / freedom) * sum
  }
  student.tail = t < 0 ? 1 - tail : tail
  student.density = density
}
