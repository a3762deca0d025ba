export interface SpooledRecord {
  /** Names the record to `remove`; grows within a partition. */
  readonly sequence: number
  /** Owned by the reader. */
  readonly value: Uint8Array
}

/** Records that wait on disk until a log takes them: bounded, in order within each partition. For one process. */
export interface Spool {
  /** What waits, over all partitions; `bytes` is what the bound counts. */
  readonly records: number
  readonly bytes: number
  /** Partitions of which something waits. */
  readonly partitions: readonly number[]
  /** Records of a partition that wait, those that are just being written included. */
  waiting(partition: number): number
  /** When the record that waits longest came, in milliseconds since the epoch; null when nothing waits. */
  oldest(): number | null
  /**
   * Resolves once the record is on disk. `value` is copied before this returns.
   * @throws ForageError `log_unavailable` when the spool is full or cannot be written
   */
  put(partition: number, value: Uint8Array): Promise<void>
  /** The oldest records of a partition that are on disk, in order: at most `maxRecords`, and past `maxBytes` only the first. */
  peek(partition: number, limits: { readonly maxRecords: number; readonly maxBytes: number }): SpooledRecord[]
  /** Forgets the partition's records up to and including `sequence`. After a crash they may be there again. */
  remove(partition: number, sequence: number): Promise<void>
  /** Waits for what is being written, then frees everything; what waits stays on disk. Later calls throw `log_unavailable`. */
  close(): Promise<void>
}
