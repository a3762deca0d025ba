import { createLearnerFold, digestOf } from '@forage/learner'
import type { CheckpointStore } from '@forage/store'

export interface StoredPosterior {
  /** Next offset of each partition: everything before it is in the posterior. */
  readonly offsets: readonly number[]
  readonly digest: string
}

/** What the server would start from: the stored checkpoints of all partitions; null when none was ever saved. */
export async function storedPosterior(checkpoints: CheckpointStore, partitions: number): Promise<StoredPosterior | null> {
  const fold = createLearnerFold()
  const found = await Promise.all(Array.from({ length: partitions }, (_, partition) => checkpoints.load(fold.name, partition)))
  if (found.every((checkpoint) => checkpoint === null)) return null
  const shards = found.map((checkpoint, partition) => {
    const shard = fold.shard(partition)
    if (checkpoint !== null) shard.restore(checkpoint.fields)
    return shard
  })
  return { offsets: found.map((checkpoint) => checkpoint?.offset ?? 0), digest: digestOf(shards) }
}
