import { mergeStatistics, RunningMerge, type ModelStatistics } from '@forage/bandit'
import { partsOf, type Mergeable } from './merge-shards.ts'

/** Merges models again and again, while their shards change. */
export interface Merger {
  /**
   * One model of `mergeShards(shards)`, bit for bit; null when none of them learned anything about it. Only to be read, and only until a shard changes
   * or the model is merged again. Costs what changed since the last time; with forgetting, all there is.
   */
  statisticsOf(model: string, shards: readonly Mergeable[]): Readonly<ModelStatistics> | null
}

/** Holds one copy of each model that several shards have. */
export function createMerger(): Merger {
  const running = new Map<string, RunningMerge>()

  return {
    statisticsOf(model, shards) {
      const { parts, own } = partsOf(shards, model)
      if (parts.length > 1 && own) {
        let merge = running.get(model)
        if (merge === undefined) running.set(model, (merge = new RunningMerge()))
        return merge.merge(parts)
      }
      running.delete(model)
      return parts.length > 1 ? mergeStatistics(parts) : (parts[0] ?? null)
    },
  }
}
