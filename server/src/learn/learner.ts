import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { ForageError } from '@forage/domain'
import { joinFold, type GroupFold } from '@forage/folding'
import { createLearnerFold, type LearnerShard } from '@forage/learner'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { Drivers } from '../runtime/drivers.ts'
import { startTicks } from '../runtime/ticks.ts'

/** One member of the group that learns: it has a part of the partitions. */
export interface Learner {
  readonly partitions: number
  readonly fold: GroupFold<LearnerShard>
  /** Records of a partition not applied yet, as of the last look at the log's end (once a second). */
  lag(partition: number): number
  /** End of the log as of that look. */
  end(partition: number): number
  /** Sums over the partitions it has. */
  counters(): Record<string, number>
  /** Saves, lets go of its partitions, and frees log and store. */
  close(): Promise<void>
}

const LOOK_MS = 1000

/** Joins the learners. @throws ForageError `internal` when the store is not one that processes share */
export function startLearner({ log, store }: Drivers, config: Config, logger: Logger, now: () => number = Date.now): Learner {
  const { groups } = store
  if (groups === undefined) throw new ForageError('internal', 'the store knows no groups')
  const fold = joinFold({
    log,
    store: { checkpoints: store.checkpoints, documents: store.documents, groups },
    fold: createLearnerFold(),
    member: `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`,
    lifeMs: config.learnerLifeMs,
    checkpoint: { records: config.learnCheckpointRecords, ms: config.learnCheckpointMs },
    onLost: (partition) => logger.info({ partition }, 'a partition is no longer ours'),
    onDeadLetter: ({ partition, offset }, error) => logger.warn({ partition, offset, err: error }, 'unreadable record'),
    onError: (error, partition) => logger.error({ ...(partition < 0 ? {} : { partition }), err: error }, 'the learner is in trouble'),
  })
  const ticks = startTicks({ log, shardOf: (partition) => fold.shard(partition), now })
  const ends = Array.from({ length: log.partitions }, () => 0)
  const look = setInterval(() => {
    for (const partition of fold.owned) void log.end(partition).then((end) => (ends[partition] = end), () => undefined)
  }, LOOK_MS)
  look.unref()
  return {
    partitions: log.partitions,
    fold,
    lag: (partition) => Math.max(0, ends[partition]! - fold.position(partition)),
    end: (partition) => ends[partition]!,
    counters() {
      const sum: Record<string, number> = {}
      for (const partition of fold.owned)
        for (const [name, count] of Object.entries(fold.shard(partition)?.counters ?? {})) sum[name] = (sum[name] ?? 0) + count
      return sum
    },
    async close() {
      clearInterval(look)
      ticks.stop()
      await fold.stop()
      await log.close()
      await store.close()
    },
  }
}
