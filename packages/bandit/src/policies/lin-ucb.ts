import type { LinearSnapshot, RegressionReader } from '../regression/regression.ts'
import { shareAmongBest } from './best.ts'
import type { Rule } from './linear-policy.ts'

/** All probability on the highest mean + α√(xᵀΛ⁻¹x). @see Li et al. 2010, arXiv:1003.0146, Algorithms 1 and 2 */
export function linUcbRule<S extends LinearSnapshot>(alpha: number, regression: RegressionReader<S>): Rule<S> {
  return {
    prepare(snapshot, set, { mean, size, scratch: { a: bounds } }) {
      regression.spreads(snapshot, set, bounds)
      for (let i = 0; i < size; i++) bounds[i] = mean[i]! + alpha * Math.sqrt(Math.max(bounds[i]!, 0))
    },
    probabilities: (_snapshot, { scratch }, available, out) => void shareAmongBest(scratch.a, available, out),
    exploration: (_snapshot, _set, deviations) => deviations.map((deviation) => alpha * deviation),
  }
}
