import type { LinearSnapshot } from '../regression/regression.ts'
import { countOf, shareAmongBest } from './best.ts'
import type { Rule } from './linear-policy.ts'

/** A share ε uniformly over all, the rest on the highest mean. */
export function epsilonGreedyRule(epsilon: number): Rule<LinearSnapshot> {
  return {
    probabilities(_snapshot, { mean }, available, out) {
      shareAmongBest(mean, available, out)
      const share = epsilon / countOf(available)
      for (let i = 0; i < mean.length; i++) if (available[i] === 1) out[i] = (1 - epsilon) * out[i]! + share
    },
    exploration: (_snapshot, _set, deviations) => deviations.fill(0),
  }
}
