import { ForageError } from '@forage/domain'
import type { Kernels } from '../kernels/kernels.ts'
import { dot } from '../kernels/typescript/dot.ts'
import { triangle } from '../kernels/shapes.ts'
import type { Gram } from '../statistics.ts'

/** Prior of one regression: coefficients N(0, σ²/λ·I), σ² inverse-gamma with shape a₀ and scale b₀. */
export interface Prior {
  readonly lambda: number
  readonly a0: number
  readonly b0: number
}

/** Bayesian linear regression of one Gram matrix: coefficients are N(mean, σ²·inverse), σ² inverse-gamma(a, b). Immutable. */
export interface Posterior {
  readonly mean: Float64Array
  /** Λ⁻¹ = (λI + Σ xxᵀ)⁻¹, packed. */
  readonly inverse: Float64Array
  readonly a: number
  readonly b: number
}

// σ² can be learned to be nothing (a noiseless world), never to be negative by rounding.
const LEAST_B = 1e-12

/** Packed λI + matrix. */
export function precisionOf(gram: Readonly<Gram>, lambda: number): Float64Array {
  const precision = gram.matrix.slice()
  for (let row = 0, at = 0; row < gram.d; row++, at += row + 1) precision[at]! += lambda
  return precision
}

/** The packed Cholesky factor. @throws ForageError `not_positive_definite` when the sums are spoiled: no data could have made them */
export function factorOf(precision: Float64Array, d: number, kernels: Kernels): Float64Array {
  const factor = new Float64Array(triangle(d))
  if (!kernels.cholesky(precision, d, factor)) throw new ForageError('not_positive_definite', 'the precision matrix is not positive definite', { d })
  return factor
}

/**
 * Λ = λI + A, μ = Λ⁻¹b, a = a₀ + n/2, β = b₀ + ½(s − μᵀΛμ), and μᵀΛμ = μᵀb. A pure function of the sums: the same bits each time.
 * @param factor the factor of `precisionOf(gram, prior.lambda)`
 * @see Riquelme, Tucker, Snoek 2018, Deep Bayesian Bandits Showdown, §4, with μ₀ = 0
 */
export function posteriorOf(gram: Readonly<Gram>, prior: Prior, factor: Float64Array, kernels: Kernels): Posterior {
  const { d, vector } = gram
  const mean = new Float64Array(d)
  kernels.solve(factor, vector, d, mean)
  const inverse = kernels.allocate(triangle(d))
  kernels.inverse(factor, d, inverse)
  const { a, b } = noiseOf(gram, prior, mean)
  if (!Number.isFinite(b)) throw new ForageError('not_positive_definite', 'the sums are not finite', { d })
  return { mean, inverse, a, b }
}

/** Shape and scale of σ² given the posterior mean. */
export function noiseOf(gram: Readonly<Gram>, prior: Prior, mean: Float64Array): { a: number; b: number } {
  const explained = dot(mean, 0, gram.vector, 0, mean.length)
  return { a: prior.a0 + gram.weight / 2, b: Math.max(prior.b0 + (gram.squares - explained) / 2, LEAST_B) }
}
