import { shareAmongBest } from './best.ts'
import { averageOf, type CountsRule } from './counts-policy.ts'

/** All probability on the arm that earned most so far, in total. */
export function popularRule(): CountsRule {
  return {
    mean: averageOf,
    probabilities: (_snapshot, totals, available, out) => void shareAmongBest(Float64Array.from(totals, ({ sum }) => sum), available, out),
    exploration: () => 0,
  }
}
