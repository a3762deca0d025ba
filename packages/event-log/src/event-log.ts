/** Where a record stands. Offsets count records of one partition from 0, without gaps in the embedded drivers. */
export interface Position {
  readonly partition: number
  readonly offset: number
}

export interface LogRecord extends Position {
  /** Broker time in milliseconds: set by the log when it appends, never decreasing within a partition. */
  readonly time: number
  /** Owned by the reader; a driver never changes it afterwards. */
  readonly value: Uint8Array
}

export interface AppendOptions {
  /** Makes the record findable by `find`. The first record with a key keeps it. */
  readonly key?: string
  /** Nobody waits for this record to be durable: it may wait some milliseconds for others to share its commit. Its order stays. */
  readonly patient?: boolean
}

/** An append-only log of byte records in partitions, one total order per partition. */
export interface EventLog {
  readonly name: string
  readonly partitions: number
  /**
   * Appends and resolves once the record is durable. Records appended to one partition by one process keep their call order;
   * a record is never readable before every earlier one is. `value` (or its concatenated parts) is copied before this returns.
   * @throws ForageError `log_unavailable` (nothing was appended, or its fate is unknown)
   */
  append(partition: number, value: Uint8Array | readonly Uint8Array[], options?: AppendOptions): Promise<Position>
  /** Up to `maxRecords` durable records from `offset` on, in order; empty at the end. Stops early past `maxBytes`, but gives at least one. */
  read(partition: number, offset: number, limits?: { maxRecords?: number; maxBytes?: number }): Promise<LogRecord[]>
  /** Offset of the oldest record kept. */
  start(partition: number): Promise<number>
  /** Offset that the next durable record will have. */
  end(partition: number): Promise<number>
  /** First offset whose time is ≥ `timeMs`; the end when there is none. */
  offsetAt(partition: number, timeMs: number): Promise<number>
  /** Position of the first record appended with `key`, or null. */
  find(key: string): Promise<Position | null>
  /** Calls `listener` after new records of `partition` became readable (several appends may share a call). Returns the unsubscriber. */
  subscribe(partition: number, listener: () => void): () => void
  /** Waits for pending appends, then frees everything. Later calls throw `log_unavailable`. */
  close(): Promise<void>
}
