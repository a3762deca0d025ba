import type { EventLog, LogRecord } from '@forage/event-log'
import { runFold, type FoldRunner } from '@forage/folding'
import { createLearnerFold, type LearnerShard } from '@forage/learner'
import type { Store } from '@forage/store'
import type { Config } from '../config.ts'
import type { Learning } from './learning.ts'
import { startTicks } from './ticks.ts'

export interface LearnHereParts {
  readonly log: EventLog
  readonly store: Store
  readonly config: Config
  readonly now: () => number
  readonly onApplied: (partition: number, shard: LearnerShard, next: number) => void
  readonly onDeadLetter: (record: LogRecord, error: unknown) => void
  readonly onError: (error: unknown, partition: number) => void
}

/** Learns in this process, between requests. */
export function learnHere({ log, store, config, now, onApplied, onDeadLetter, onError }: LearnHereParts): Learning {
  const runner: FoldRunner<LearnerShard> = runFold({
    log,
    store,
    fold: createLearnerFold(),
    checkpoint: { records: config.checkpointRecords, ms: config.checkpointMs },
    batch: { maxRecords: 256, sliceMs: 2 }, // requests are answered in between
    onApplied,
    onDeadLetter,
    onError,
  })
  const ticks = startTicks({ log, shardOf: (partition) => runner.shard(partition), now })
  return {
    ready: runner.ready,
    saved: (partition) => runner.saved(partition),
    age: () => 0,
    storeAway: false,
    async stop() {
      ticks.stop()
      await runner.stop()
    },
  }
}
