import type { CountsRule } from './counts-policy.ts'

/** The application's own ranking: the first that is available. */
export function fixedOrderRule(): CountsRule {
  return {
    mean: () => 0,
    probabilities(_snapshot, _totals, available, out) {
      out.fill(0)
      out[available.indexOf(1)] = 1
    },
    exploration: () => 0,
  }
}
