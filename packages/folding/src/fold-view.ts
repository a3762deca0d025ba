import type { Shard } from './fold.ts'

/** What is folded here, as others may look at it. */
export interface FoldView<S extends Shard> {
  /** Next offset to apply: everything before it is in the shard. 0 until the partition was restored here. */
  position(partition: number): number
  /** Everything before this offset is saved. */
  saved(partition: number): number
  /** The live shard; `null` before it was restored and after the partition was lost. Do not change it. */
  shard(partition: number): S | null
  /** What ended the partition's last run here, while it is not running again; null otherwise. */
  failure(partition: number): unknown
  /** Unreadable records set aside here. */
  deadLetters(): number
  /** How often a partition was folded again from the start of the log, because what was saved is damaged. */
  rebuilt(): number
  /** How often the store was found to have lost confirmed saves. */
  regressed(): number
}
