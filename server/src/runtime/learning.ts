/** Where the shards come from that snapshots are derived from: a learner in this process, or checkpoints that learners elsewhere save. */
export interface Learning {
  /** Resolves when the shards are as good as they can be now; rejects when the state cannot be used. */
  readonly ready: Promise<void>
  /** Everything before this offset of a partition is in a checkpoint, as far as is known here. */
  saved(partition: number): number
  /** Seconds since this was last known to be the newest there is; 0 where the learner is in this process. */
  age(): number
  /** Whether the store answered the last time it was asked. */
  readonly storeAway: boolean
  stop(): Promise<void>
}
