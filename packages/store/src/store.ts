/** What a fold made of one partition of the log. State and offset are one value, saved together or not at all. */
export interface Checkpoint {
  /** Next log offset to apply. */
  readonly offset: number
  /** Where a resuming fold starts to re-read (without applying) to rebuild what is not stored. ≤ offset. */
  readonly replayFrom: number
  readonly epoch: number
  /** One blob per model or arm; ≤ 64 KiB each (the fold splits). */
  readonly fields: ReadonlyMap<string, Uint8Array>
}

export interface CheckpointWrite {
  readonly epoch: number
  readonly offset: number
  readonly replayFrom: number
  /** Changed fields only; null deletes. */
  readonly fields: ReadonlyMap<string, Uint8Array | null>
  /** Changed side entries (many small records, read one by one, never loaded whole); null deletes. */
  readonly entries: ReadonlyMap<string, Uint8Array | null>
}

/** Fenced checkpoints of folds. */
export interface CheckpointStore {
  /** Takes ownership of a partition: every earlier epoch is fenced from now on. Returns the new epoch (from 1). */
  acquire(fold: string, partition: number): Promise<number>
  load(fold: string, partition: number): Promise<Checkpoint | null>
  /**
   * Saves atomically. Repeating a write that succeeded is harmless.
   * @throws ForageError `fenced` when a newer epoch owns the partition or the offset would go backwards; with `details.regressed`
   * when the store itself lost confirmed saves: acquire, load and replay
   */
  save(fold: string, partition: number, write: CheckpointWrite): Promise<void>
  /** Side entries by key; missing ones are absent from the map. */
  entries(fold: string, partition: number, keys: readonly string[]): Promise<Map<string, Uint8Array>>
  /**
   * Calls `listener` soon after a save of one of the partitions by any process, once at the start for each that was ever saved, and at
   * worst a second late; several saves may be one call. Returns the end of it. Only stores that many processes share have it.
   */
  watch?(fold: string, partitions: readonly number[], listener: (partition: number) => void): () => void
}

/** A definition someone wrote: immutable versions 1, 2, 3 …, all kept. */
export interface Document<T = unknown> {
  readonly kind: string
  readonly id: string
  readonly version: number
  readonly body: T
}

export interface DocumentStore {
  /** The newest version, or the one asked for; null when there is none (or it was removed and no version was asked for). */
  get<T>(kind: string, id: string, version?: number): Promise<Document<T> | null>
  /** Newest version of every document of the kind that is not removed, by id. */
  list<T>(kind: string): Promise<Document<T>[]>
  /**
   * Writes the next version. The same body as the newest version changes nothing and returns it.
   * @throws ForageError `version_conflict` when `expectedVersion` is given and is not the newest (0: must not exist)
   */
  put<T>(kind: string, id: string, body: T, options?: { expectedVersion?: number }): Promise<Document<T>>
  /** Hides the document from `list` and `get`; its versions stay readable by number. False when there was none. */
  remove(kind: string, id: string): Promise<boolean>
  /** Grows with every change by any process; poll it to notice changes. */
  revision(): Promise<number>
}

/** Values that may vanish at any time. */
export interface CacheStore {
  get(key: string): Promise<Uint8Array | null>
  set(key: string, value: Uint8Array, ttlMs: number): Promise<void>
  delete(key: string): Promise<void>
}

export interface Store {
  readonly name: string
  readonly checkpoints: CheckpointStore
  readonly documents: DocumentStore
  readonly cache: CacheStore
  close(): Promise<void>
}
