import type { ModelStatistics } from '@forage/bandit'
import type { PlacementSpec } from '@forage/domain'
import type { Shard } from '@forage/folding'
import type { LearnerCounters, PlacementSums } from './counters.ts'

/**
 * One partition's part of what was learned: the learner's own, or a copy of it in another process. Everything it shows is live: read it
 * between two changes, and never write.
 */
export interface LearnedShard {
  readonly partition: number
  /** Statistics by model key. Decayed ones (a placement with a half-life) are to be read through `mergeShards` or `readingScale`. */
  readonly models: ReadonlyMap<string, ModelStatistics>
  /** Newest broker time seen, in milliseconds; 0 before the first record. */
  readonly watermark: number
  readonly openDecisions: number
  readonly counters: Readonly<LearnerCounters>
  /** Totals by placement id. */
  readonly placements: ReadonlyMap<string, Readonly<PlacementSums>>
  /** Whether this partition holds the placement's definition: until it does, decisions made under it are unreadable here. */
  hasPlacement(id: string, version: number): boolean
  /** Every placement definition it holds. */
  definitions(): Iterable<{ readonly version: number; readonly spec: PlacementSpec }>
  /** Factor that turns a model's sums into those an observer at `nowMs` reads; 1 without forgetting. */
  readingScale(modelKey: string, nowMs: number): number
}

export interface LearnerShard extends LearnedShard, Required<Shard> {
  /** Broker time at which something matures or is given up; null when nothing waits. An idle partition needs a tick then. */
  due(): number | null
}
