import type { Kernels } from '../kernels/kernels.ts'
import type { ModelStatistics } from '../statistics.ts'
import { factorOf, posteriorOf, precisionOf, type Posterior, type Prior } from './posterior.ts'
import { pullsOf, type LinearSnapshot, type Regression } from './regression.ts'

export interface SharedSnapshot extends LinearSnapshot {
  readonly posterior: Posterior
}

/** One regression for all candidates: they differ by their features alone. */
export function sharedRegression(d: number, prior: Prior, kernels: Kernels): Regression<SharedSnapshot> {
  return {
    derive: (statistics) => deriveShared(statistics, prior, kernels).snapshot,
    means: ({ posterior }, { ids, rows }, out) => kernels.multiply(rows, ids.length, d, posterior.mean, out),
    spreads: ({ posterior }, { ids, rows }, out) => kernels.quadraticForms(rows, ids.length, d, posterior.inverse, out),
    weights: ({ posterior }) => posterior.mean.slice(),
    posterior: ({ posterior }) => posterior,
  }
}

/** The snapshot, and the packed Cholesky factor of Λ it came by. */
export function deriveShared(statistics: Readonly<ModelStatistics>, prior: Prior, kernels: Kernels): { snapshot: SharedSnapshot; factor: Float64Array } {
  const gram = statistics.shared!
  const factor = factorOf(precisionOf(gram, prior.lambda), gram.d, kernels)
  const posterior = posteriorOf(gram, prior, factor, kernels)
  return { snapshot: { shape: 'shared', d: gram.d, count: statistics.count, pulls: pullsOf(statistics), posterior }, factor }
}
