import { digestStatistics, mergeStatistics, scaleStatistics, type ModelStatistics } from '@forage/bandit'
import type { RewardSpec } from '@forage/domain'
import type { LearnerShard } from './learner-shard.ts'

type Mergeable = Pick<LearnerShard, 'partition' | 'models' | 'watermark' | 'readingScale'>

/**
 * The statistics of every model over all shards, as an observer at the newest broker time of any of them reads them. With a single
 * shard and no forgetting these are the shard's own: read them before its next `apply`, and do not write.
 */
export function mergeShards(shards: Iterable<Mergeable>): Map<string, ModelStatistics> {
  const ordered = [...shards].toSorted((a, b) => a.partition - b.partition)
  const now = Math.max(0, ...ordered.map(({ watermark }) => watermark))
  const parts = new Map<string, ModelStatistics[]>()
  for (const { models, readingScale } of ordered)
    for (const [key, statistics] of models) {
      const scale = readingScale(key, now)
      const read = scale === 1 ? statistics : scaleStatistics(statistics, scale)
      const list = parts.get(key)
      if (list === undefined) parts.set(key, [read])
      else list.push(read)
    }
  return new Map([...parts].map(([key, list]) => [key, list.length === 1 ? list[0]! : mergeStatistics(list)]))
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
