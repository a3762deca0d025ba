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

/** What readers of a checkpoint have to change to be at a newer one. */
export interface CheckpointChanges {
  /** Name of this state: hand it over the next time. */
  readonly revision: string
  /** `fields` is all there is: forget what you had. Else it is what changed since, `null` for what is gone. */
  readonly whole: boolean
  readonly offset: number
  readonly epoch: number
  readonly fields: ReadonlyMap<string, Uint8Array | null>
}

/**
 * How an owner's partition stands in the store: `owned` with every confirmed save in it, `taken` by a newer epoch, `regressed` (the
 * store lost confirmed saves), or `suspect` (a reader found it damaged).
 */
export type Standing = 'owned' | 'taken' | 'regressed' | 'suspect'

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
   * Throws the saved state and side entries of a partition away, so that the log can be folded again from its start; ownership stays.
   * @throws ForageError `fenced` when a newer epoch owns the partition
   */
  discard(fold: string, partition: number, epoch: number): Promise<void>
  /** Only stores that many processes share have the following. */
  standing?(fold: string, partition: number, epoch: number): Promise<Standing>
  /** A reader found the checkpoint damaged: its owner will see it in `standing`, until it is discarded or acquired anew. */
  suspect?(fold: string, partition: number): Promise<void>
  /**
   * What changed since `revision` (null: everything): fields of one saved state, never a mix of two. Null when nothing was ever saved.
   * Cost: what changed, not what there is.
   */
  changesSince?(fold: string, partition: number, revision: string | null): Promise<CheckpointChanges | null>
  /**
   * Calls `listener` soon after a save of one of the partitions by any process, once at the start for each that was ever saved, and at
   * worst a second late; several saves may be one call. Returns the end of it.
   */
  watch?(fold: string, partitions: readonly number[], listener: (partition: number) => void): () => void
}

export interface GroupView {
  /** Who is alive, sorted. */
  readonly members: readonly string[]
  /** Partition → member, of those alive. */
  readonly holders: ReadonlyMap<number, string>
}

/**
 * Who shares the work on a fold's partitions. It keeps processes out of each other's way; what keeps the state right is the fence of the
 * checkpoints, so a group that is wrong for a moment (a frozen member, a store that lost its memory) costs time only.
 */
export interface GroupStore {
  /**
   * Joins, or stays for another `lifeMs` by the store's clock. Members not heard of in their time are gone, with what they held.
   * @param held exactly the partitions this member works on: held again where the store knows no living holder; any other it is known to hold
   * is free (the answer to its claim was lost, or its release)
   */
  beat(group: string, member: string, lifeMs: number, held: readonly number[]): Promise<GroupView>
  /** True when the member holds the partition now; false while another living one does. Needs a member that is alive. */
  claim(group: string, member: string, partition: number): Promise<boolean>
  /** Lets go of a partition, if it is held by this member. */
  release(group: string, member: string, partition: number): Promise<void>
  /** Ends the membership and lets go of everything. */
  leave(group: string, member: string): Promise<void>
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
  /**
   * Writes a version back, as it was, into a store that lost it. False, and nothing happens, when the store has that version or a newer one.
   * Versions before it may stay lost: they read as null.
   */
  restore(document: Document): Promise<boolean>
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
  /** Only stores that many processes share have it, and memory. */
  readonly groups?: GroupStore
  close(): Promise<void>
}
