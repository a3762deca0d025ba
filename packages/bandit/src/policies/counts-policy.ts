import type { PolicySpec } from '@forage/domain'
import type { Policy, Scored, Snapshot } from '../policy.ts'
import { sortedIds } from '../regression/regression.ts'

/** What a policy without features knows of an arm. */
export interface ArmTotals {
  /** Σ w and Σ w·r. */
  readonly weight: number
  readonly sum: number
}

export interface CountsSnapshot extends Snapshot {
  readonly arms: ReadonlyMap<string, ArmTotals>
  /** Σ w over all arms. */
  readonly weight: number
}

/** One number or two per candidate, from its totals. */
export interface CountsRule {
  /** Expected reward of an arm; 0 by default where the policy has no model. */
  mean(totals: ArmTotals): number
  /** As `Scored.probabilities`, given every candidate's totals. */
  probabilities(snapshot: CountsSnapshot, totals: readonly ArmTotals[], available: Uint8Array, out: Float64Array): void
  exploration(snapshot: CountsSnapshot, totals: ArmTotals): number
}

const unseen: ArmTotals = { weight: 0, sum: 0 }

/** Mean reward so far; 0 for an arm that was never seen. */
export const averageOf = ({ weight, sum }: ArmTotals): number => (weight > 0 ? sum / weight : 0)

export function createCountsPolicy(spec: PolicySpec, d: number, rule: CountsRule): Policy<CountsSnapshot> {
  let mean = new Float64Array(0)
  return {
    spec, d, shape: 'counts',
    derive(statistics) {
      const arms = new Map<string, ArmTotals>()
      let total = 0
      for (const id of sortedIds(statistics)) {
        const { weight, sum } = statistics.arms.get(id)!
        total += weight
        arms.set(id, { weight, sum })
      }
      return { shape: 'counts', d, count: statistics.count, arms, weight: total }
    },
    score(snapshot, { ids }): Scored {
      const totals = ids.map((id) => snapshot.arms.get(id) ?? unseen)
      if (mean.length !== ids.length) mean = new Float64Array(ids.length)
      for (let i = 0; i < totals.length; i++) mean[i] = rule.mean(totals[i]!)
      return {
        size: ids.length,
        mean,
        probabilities: (available, out) => rule.probabilities(snapshot, totals, available, out),
        exploration: () => Float64Array.from(totals, (arm) => rule.exploration(snapshot, arm)),
      }
    },
    weights: () => null,
  }
}
