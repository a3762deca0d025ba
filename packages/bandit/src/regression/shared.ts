import type { Kernels } from '../kernels/kernels.ts'
import { factorOf, posteriorOf, precisionOf, type Posterior, type Prior } from './posterior.ts'
import { pullsOf, type LinearSnapshot, type Regression } from './regression.ts'

export interface SharedSnapshot extends LinearSnapshot {
  readonly posterior: Posterior
  /** Packed Cholesky factor of Λ. */
  readonly factor: Float64Array
}

/** One regression for all candidates: they differ by their features alone. */
export function sharedRegression(d: number, prior: Prior, kernels: Kernels): Regression<SharedSnapshot> {
  return {
    derive(statistics) {
      const gram = statistics.shared!
      const factor = factorOf(precisionOf(gram, prior.lambda), d, kernels)
      return { shape: 'shared', d, count: statistics.count, pulls: pullsOf(statistics), posterior: posteriorOf(gram, prior, factor, kernels), factor }
    },
    means: ({ posterior }, { ids, rows }, out) => kernels.multiply(rows, ids.length, d, posterior.mean, out),
    spreads: ({ posterior }, { ids, rows }, out) => kernels.quadraticForms(rows, ids.length, d, posterior.inverse, out),
    weights: ({ posterior }) => posterior.mean.slice(),
    posterior: ({ posterior }) => posterior,
  }
}
