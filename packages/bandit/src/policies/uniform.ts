import { countOf } from './best.ts'
import type { CountsRule } from './counts-policy.ts'

/** Everyone alike. */
export function uniformRule(): CountsRule {
  return {
    mean: () => 0,
    probabilities(_snapshot, _totals, available, out) {
      const share = 1 / countOf(available)
      for (let i = 0; i < available.length; i++) out[i] = available[i] === 1 ? share : 0
    },
    exploration: () => 0,
  }
}
