import type { LinearSnapshot } from '../regression/regression.ts'
import { countOf, shareAmongBest, summable } from './best.ts'
import type { Rule } from './linear-policy.ts'

/**
 * Inverse gap weighting: pᵢ = 1/(K + γ·(best − meanᵢ)) for all but the best, which gets the rest; γ = scale · t^exponent with t the
 * observations learned from (at least 1).
 * @see Foster and Rakhlin 2020, "Beyond UCB", arXiv:2002.04926, Algorithm 1
 */
export function squareCbRule(gammaScale: number, gammaExponent: number): Rule<LinearSnapshot> {
  return {
    probabilities({ count }, { mean }, available, out) {
      const gamma = gammaScale * Math.max(1, count) ** gammaExponent
      const k = countOf(available)
      const best = shareAmongBest(mean, available, out)
      let others = 0
      for (let i = 0; i < mean.length; i++) {
        if (available[i] !== 1 || mean[i] === best) continue
        out[i] = 1 / (k + gamma * (best - mean[i]!))
        others += summable(out[i]!)
      }
      const rest = Math.max(1 - others, 0)
      for (let i = 0; i < mean.length; i++) if (available[i] === 1 && mean[i] === best) out[i]! *= rest
    },
    exploration: (_snapshot, _set, deviations) => deviations.fill(0),
  }
}
