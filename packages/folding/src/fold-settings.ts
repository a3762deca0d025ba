import type { Shard } from './fold.ts'
import type { PartitionSettings } from './partition-runner.ts'
import type { FoldOptions } from './run-fold.ts'
import { Slices } from './slices.ts'
import { realTimers } from './timers.ts'

/** What every partition of a fold goes by, with the defaults filled in. */
export function settingsOf<S extends Shard>({ log, store, fold, checkpoint = {}, batch = {}, timers = realTimers, ...told }: FoldOptions<S>): PartitionSettings<S> {
  return {
    log,
    store,
    fold,
    checkpointRecords: checkpoint.records ?? 5000,
    checkpointMs: checkpoint.ms ?? 1000,
    maxRecords: batch.maxRecords ?? 1000,
    maxBytes: batch.maxBytes ?? 1 << 20,
    timers,
    slices: new Slices(timers, batch.sliceMs ?? 5),
    onApplied: told.onApplied ?? (() => {}),
    onDeadLetter: told.onDeadLetter ?? (() => {}),
    onError: told.onError ?? (() => {}),
  }
}
