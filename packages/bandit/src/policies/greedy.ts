import type { LinearSnapshot } from '../regression/regression.ts'
import { shareAmongBest } from './best.ts'
import type { Rule } from './linear-policy.ts'

/** All probability on the highest mean. */
export function greedyRule(): Rule<LinearSnapshot> {
  return {
    probabilities: (_snapshot, { mean }, available, out) => void shareAmongBest(mean, available, out),
    exploration: (_snapshot, _set, deviations) => deviations.fill(0),
  }
}
