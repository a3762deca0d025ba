import type { EventLog } from '@forage/event-log'
import { createLearnerFold, digestOf, type LearnerShard } from '@forage/learner'
import { OfflineFold } from './offline-fold.ts'

export interface Replayed {
  readonly shards: readonly LearnerShard[]
  readonly digest: string
  readonly records: number
}

/** Folds the log from its first record up to an offset for each partition, and gives what the learner would hold there. */
export async function replayLog(log: EventLog, offsets: readonly number[]): Promise<Replayed> {
  const folds = offsets.map((_, partition) => new OfflineFold(log, createLearnerFold(), partition))
  for (const [partition, fold] of folds.entries()) await fold.advance(offsets[partition]!)
  const shards = folds.map(({ shard }) => shard)
  return { shards, digest: digestOf(shards), records: folds.reduce((sum, { records }) => sum + records, 0) }
}

