import { ForageError } from '@forage/domain'
import type { EventLog, LogRecord, Position } from '@forage/event-log'
import type { Store } from '@forage/store'
import type { Fold, Shard } from './fold.ts'
import { settingsOf } from './fold-settings.ts'
import type { FoldView } from './fold-view.ts'
import { PartitionKeeper } from './partition-keeper.ts'
import type { Timers } from './timers.ts'

export interface FoldOptions<S extends Shard> {
  readonly log: EventLog
  readonly store: Pick<Store, 'checkpoints' | 'documents'>
  readonly fold: Fold<S>
  /** Partitions to own; all by default. */
  readonly partitions?: readonly number[]
  /** A checkpoint is due after so many records (default 5000) or milliseconds (default 1000), whichever comes first. */
  readonly checkpoint?: { readonly records?: number; readonly ms?: number }
  /** Limits of one read from the log (default 1000 records, 1 MiB), and how long to fold before others get their turn (default 5 ms). */
  readonly batch?: { readonly maxRecords?: number; readonly maxBytes?: number; readonly sliceMs?: number }
  /**
   * Called when a shard was restored and whenever it has advanced: it is the fold of exactly the records before `nextOffset`.
   * Must be quick and must not throw; the shard changes again after it returns.
   */
  readonly onApplied?: (partition: number, shard: S, nextOffset: number) => void
  readonly onDeadLetter?: (record: LogRecord, error: ForageError) => void
  /** Faults that are retried (store or log away), and the one that ended a partition: then `failure(partition)` is set. */
  readonly onError?: (error: unknown, partition: number) => void
  readonly timers?: Timers
}

export interface FoldRunner<S extends Shard> extends FoldView<S> {
  /**
   * Resolves when every partition has applied what was in the log at its start.
   * @throws ForageError `corrupt_state` (the log lost records, or a damaged checkpoint cannot be made again from the log), `fenced`,
   * `shutting_down` (stopped before)
   */
  readonly ready: Promise<void>
  /** Resolves once the record at `position` is applied. @throws ForageError `timeout`, or what ended the partition */
  waitFor(position: Position, timeoutMs: number): Promise<void>
  /** Saves now whatever has been applied. @throws ForageError `timeout` when the store does not take it (it will be tried further) */
  checkpoint(timeoutMs?: number): Promise<void>
  /** Stops every partition, each with a last checkpoint. Log and store stay open. */
  stop(): Promise<void>
}

/**
 * Runs a fold over partitions of a log, exactly once in effect: state and offset are saved together under an epoch, so whatever is
 * killed and wherever, the next owner continues with the same bits. A store that went back in time is loaded and replayed, a damaged checkpoint is
 * folded anew from the log. A partition that another owner takes over stops here.
 */
export function runFold<S extends Shard>(options: FoldOptions<S>): FoldRunner<S> {
  const { log, partitions = Array.from({ length: log.partitions }, (_, partition) => partition) } = options
  const settings = settingsOf(options)
  const counts = { rebuilt: 0, regressed: 0 }
  const runners = new Map(partitions.map((partition) => [partition, new PartitionKeeper(partition, settings, counts)]))
  const all = [...runners.values()]
  const at = (partition: number): PartitionKeeper<S> => {
    const runner = runners.get(partition)
    if (runner === undefined) throw new ForageError('internal', `partition ${partition} is not folded here`, { partition })
    return runner
  }
  const ready = settled(all.map((runner) => runner.ready))
  ready.catch(() => {}) // who asks is told; nobody has to ask
  return {
    ready,
    position: (partition) => at(partition).next,
    saved: (partition) => at(partition).saved,
    shard: (partition) => at(partition).shard,
    failure: (partition) => at(partition).failure,
    rebuilt: () => counts.rebuilt,
    regressed: () => counts.regressed,
    deadLetters: () => all.reduce((sum, { deadLetters }) => sum + deadLetters, 0),
    waitFor: async ({ partition, offset }, timeoutMs) => at(partition).waitFor(offset, timeoutMs),
    async checkpoint(timeoutMs = 10_000) {
      await Promise.all(all.map((runner) => runner.checkpoint(timeoutMs)))
    },
    async stop() {
      await Promise.all(all.map((runner) => runner.stop()))
    },
  }
}

async function settled(promises: readonly Promise<void>[]): Promise<void> {
  await Promise.all(promises)
}
