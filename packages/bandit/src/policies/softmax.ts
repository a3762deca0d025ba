import type { LinearSnapshot } from '../regression/regression.ts'
import { shareAmongBest, summable } from './best.ts'
import type { Rule } from './linear-policy.ts'

/** pᵢ ∝ exp(meanᵢ / temperature). */
export function softmaxRule(temperature: number): Rule<LinearSnapshot> {
  return {
    probabilities(_snapshot, { mean }, available, out) {
      const best = shareAmongBest(mean, available, out)
      let total = 0
      for (let i = 0; i < mean.length; i++) {
        out[i] = available[i] === 1 ? Math.exp((mean[i]! - best) / temperature) : 0
        total += summable(out[i]!)
      }
      for (let i = 0; i < mean.length; i++) out[i]! /= total
    },
    exploration: (_snapshot, _set, deviations) => deviations.fill(0),
  }
}
