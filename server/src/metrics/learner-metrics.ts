import type { Exposition } from '../http/operation.ts'
import type { Learner } from '../learn/learner.ts'
import { one, ReadableRegistry } from './readable-registry.ts'

/** What a learner process tells Prometheus. */
export function createLearnerMetrics(learner: Learner, version: string): Exposition {
  const metrics = new ReadableRegistry()
  const { fold } = learner
  const perPartition = (read: (partition: number) => number) => () => fold.owned.map((partition) => ({ labels: { partition: String(partition) }, value: read(partition) }))
  metrics.gauge('build_info', 'What runs here', ['version', 'node'], () => [{ labels: { version, node: process.version }, value: 1 }])
  metrics.gauge('learner_owned_partitions', 'Partitions this learner works on', [], () => one(fold.owned.length))
  metrics.gauge('learner_members', 'Learners alive, as this one sees it; 0 while the store is away', [], () => one(fold.members.length))
  metrics.gauge('feedback_consumer_lag_records', 'Records of the log that are not learned from yet, in the partitions of this learner', ['partition'], perPartition((partition) => learner.lag(partition)))
  metrics.gauge('learner_unsaved_records', 'Records learned from that are in no checkpoint yet', ['partition'], perPartition((partition) => fold.position(partition) - fold.saved(partition)))
  metrics.gauge('open_decisions', 'Decisions whose reward window is open', ['partition'], perPartition((partition) => fold.shard(partition)?.openDecisions ?? 0))
  metrics.gauge('learner_failed_partitions', 'Partitions of this learner that a fault keeps from going on', [], () => one(fold.owned.filter((partition) => fold.failure(partition) !== null).length))
  metrics.counter('learner_fenced_total', 'Times that another learner had taken a partition', [], () => one(fold.fenced()))
  metrics.counter('store_regressed_total', 'Times that the store had lost confirmed saves', [], () => one(fold.regressed()))
  metrics.counter('learner_rebuilt_total', 'Partitions folded again from the start of the log because their checkpoint was damaged', [], () => one(fold.rebuilt()))
  metrics.counter('dead_letters_total', 'Log records no fold could read', [], () => one(fold.deadLetters()))
  // by partition: a partition comes with all that was ever counted in it, which must not look as if it happened when it changed hands
  metrics.counter('learner_events_total', 'What the learner has counted, ever, in the partitions of this learner', ['event', 'partition'], () =>
    fold.owned.flatMap((partition) => Object.entries(fold.shard(partition)?.counters ?? {}).map(([event, value]) => ({ labels: { event, partition: String(partition) }, value }))),
  )
  return metrics.registry
}
