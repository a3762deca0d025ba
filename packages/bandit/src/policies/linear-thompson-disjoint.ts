import type { PolicySpec } from '@forage/domain'
import { bestOfIndependent } from '../best-of-independent.ts'
import type { Kernels } from '../kernels/kernels.ts'
import type { Policy } from '../policy.ts'
import { disjointRegression, type DisjointSnapshot } from '../regression/disjoint.ts'
import type { Prior } from '../regression/posterior.ts'
import { createLinearPolicy } from './linear-policy.ts'
import { deviationOf } from './linear-thompson-shared.ts'

type Spec = Extract<PolicySpec, { name: 'linear-thompson' }>

/**
 * Thompson sampling with a regression per arm. Scores of different arms are independent: normal with known noise, Student-t under
 * NIG (2a degrees of freedom, scale √(b/a · xᵀΛ⁻¹x)), so the probability of being best is an integral, not a simulation.
 */
export function disjointThompson(spec: Spec, d: number, prior: Prior, kernels: Kernels): Policy<DisjointSnapshot> {
  const regression = disjointRegression(d, prior, kernels)
  return createLinearPolicy<DisjointSnapshot>(spec, d, regression, {
    prepare(snapshot, set, { size, scratch: { a: scales, b: freedom } }) {
      regression.spreads(snapshot, set, scales)
      const posteriors = regression.posteriors(snapshot, set.ids)
      for (let i = 0; i < size; i++) {
        const { a, b } = posteriors[i]!
        const variance = spec.noise === 'known' ? spec.variance : b / a
        scales[i] = Math.sqrt(Math.max(variance * scales[i]!, 0))
        freedom[i] = spec.noise === 'known' ? Infinity : 2 * a
      }
    },
    probabilities: (_snapshot, { mean, scratch: { a: scales, b: freedom } }, available, out) => bestOfIndependent(mean, scales, freedom, available, out),
    exploration: (snapshot, set, deviations) => deviations.map((deviation, i) => deviation * deviationOf(spec, regression.posterior(snapshot, set.ids[i]!))),
  }, (statistics, _seed, previous) => regression.derive(statistics, previous))
}
