import { digestStatistics, mergeStatistics, scaleStatistics, type ModelStatistics } from '@forage/bandit'
import type { RewardSpec } from '@forage/domain'
import type { LearnedShard } from './learner-shard.ts'

/** What of a shard is merged. */
export type Mergeable = Pick<LearnedShard, 'partition' | 'models' | 'watermark' | 'readingScale'>

/**
 * The statistics of every model over all shards, as an observer at the newest broker time of any of them reads them. With a single
 * shard and no forgetting these are the shard's own: read them before its next `apply`, and do not write.
 */
export function mergeShards(shards: Iterable<Mergeable>): Map<string, ModelStatistics> {
  const list = [...shards]
  const keys = new Set(list.flatMap(({ models }) => [...models.keys()]))
  return new Map([...keys].map((key) => {
    const { parts } = partsOf(list, key)
    return [key, parts.length === 1 ? parts[0]! : mergeStatistics(parts)]
  }))
}

/** One model's statistics of each shard that has it, in partition order, as they are read now; `own` when all are the shards' own. */
export function partsOf(shards: readonly Mergeable[], key: string): { parts: ModelStatistics[]; own: boolean } {
  const now = Math.max(0, ...shards.map(({ watermark }) => watermark))
  const parts: ModelStatistics[] = []
  let own = true
  for (const { models, readingScale } of shards.toSorted((a, b) => a.partition - b.partition)) {
    const statistics = models.get(key)
    if (statistics === undefined) continue
    const scale = readingScale(key, now)
    own &&= scale === 1
    parts.push(scale === 1 ? statistics : scaleStatistics(statistics, scale))
  }
  return { parts, own }
}

/** One name for everything the shards learned: equal digests, equal bits. */
export function digestOf(shards: Iterable<Mergeable>): string {
  return digestStatistics(mergeShards(shards))
}

/** How often each item was learned from and what it earned, in raw reward (with forgetting: decayed to now). */
export function itemSums(statistics: Readonly<ModelStatistics>, reward: RewardSpec): Map<string, { shown: number; reward: number }> {
  const [min, max] = reward.range
  const raw = (sum: number, weight: number) => (reward.scaling === 'unit' ? sum * (max - min) + min * weight : sum)
  return new Map([...statistics.arms].map(([id, arm]) => [id, { shown: arm.count, reward: raw(arm.sum, arm.weight) }]))
}
