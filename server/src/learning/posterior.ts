import type { ArmStatistics } from '@forage/bandit'
import type { ItemPosterior, PosteriorReply } from '@forage/contracts'
import type { RewardSpec } from '@forage/domain'
import type { z } from 'zod'
import type { SnapshotPublisher } from '../runtime/publisher.ts'
import type { Serving } from '../runtime/serving.ts'

type Item = z.infer<typeof ItemPosterior>

/** What has been learned of each item, most observed first, on the scale of the placement's reward. */
export function posteriorOf({ definition, current }: Serving, publisher: SnapshotPublisher): PosteriorReply {
  const { spec, version, model } = definition
  const statistics = publisher.statisticsOf(model)
  const items: Item[] = []
  for (const [id, arm] of statistics?.arms ?? []) items.push({ id, observations: arm.count, ...rewardOf(arm, spec.reward) })
  items.sort((a, b) => b.observations - a.observations || (a.id < b.id ? -1 : 1))
  return { placement: spec.id, version, policy: spec.policy.name, model, snapshotVersion: current.version, observations: statistics?.count ?? 0, items }
}

/** Mean reward and its standard error from sums that may be scaled to [0, 1] and decayed. */
export function rewardOf({ count, weight, sum, squares }: Pick<ArmStatistics, 'count' | 'weight' | 'sum' | 'squares'>, reward: RewardSpec): { meanReward: number | null; standardError: number | null } {
  if (count === 0 || weight <= 0) return { meanReward: null, standardError: null }
  const [low, high] = reward.scaling === 'unit' ? reward.range : [0, 1]
  const mean = sum / weight
  const variance = Math.max(0, squares / weight - mean * mean)
  const error = count < 2 ? null : Math.sqrt(variance / (count - 1)) * (high - low)
  return { meanReward: low + (high - low) * mean, standardError: error }
}
