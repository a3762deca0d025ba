import type { Fold } from '@forage/folding'
import { createShard } from './create-shard.ts'
import type { LearnerShard } from './learner-shard.ts'

/** The topic's fold: decisions joined with their feedback become sufficient statistics. A pure function of the log. */
export function createLearnerFold(options: { /** Matured decisions a shard keeps in memory. */ readonly recentEntries?: number } = {}): Fold<LearnerShard> {
  const { recentEntries = 16_384 } = options
  return { name: 'learner', shard: (partition) => createShard(partition, recentEntries) }
}
