import type { LearnedShard } from './learner-shard.ts'

/** A copy of one partition's shard in another process, kept up with the checkpoints that the learner saves. */
export interface Replica extends LearnedShard {
  /**
   * Takes what a checkpoint changed. All or nothing; every blob is verified before the first is used (checksum, version, shape, finite numbers).
   * @throws ForageError `corrupt_state`: the replica is as it was
   */
  update(fields: ReadonlyMap<string, Uint8Array | null>, whole: boolean): void
}

/** Placeholder until it is built. */
export function createReplica(_partition: number): Replica {
  throw new Error('not built')
}
