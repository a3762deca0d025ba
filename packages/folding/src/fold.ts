import type { LogRecord } from '@forage/event-log'

/** What changed since the last call of `Shard.changes`. */
export interface ShardChanges {
  readonly fields: ReadonlyMap<string, Uint8Array | null>
  readonly entries: ReadonlyMap<string, Uint8Array | null>
}

/** One partition's state under a fold. Synchronous and deterministic: the same records give the same bits. */
export interface Shard {
  /** Restores from checkpointed fields; called once, before any record. @throws ForageError `corrupt_state` */
  restore(fields: ReadonlyMap<string, Uint8Array>): void
  /**
   * Keys of side entries that `apply` will need for these records and the shard does not hold. What it changed or deleted since the last
   * `changes` it must still know: the store does not have that yet. After `changes` it may let go of everything, and ask again.
   */
  wants?(records: readonly LogRecord[]): readonly string[]
  /** Hands over the side entries found (missing keys have no entry). */
  provide?(entries: ReadonlyMap<string, Uint8Array>): void
  /**
   * Takes one record. `rebuilding` is true for records before the checkpoint's offset, whose effects the restored fields already
   * contain: they only rebuild what is not stored.
   * @throws ForageError `unreadable_record` for a record no fold can read: it goes to the dead letters and changed nothing
   */
  apply(record: LogRecord, rebuilding: boolean): void
  /** Offset from which a resuming fold must re-read, given that everything before `next` was applied. */
  replayFrom(next: number): number
  /** Collects and clears what must be saved. */
  changes(): ShardChanges
}

/** A pure function from a log to state, cut into partitions. */
export interface Fold<S extends Shard = Shard> {
  readonly name: string
  shard(partition: number): S
}
