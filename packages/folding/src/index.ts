export type { Fold, Shard, ShardChanges } from './fold.ts'
