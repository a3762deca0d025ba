import type { EventLog } from '@forage/event-log'
import { digestOf } from '@forage/learner'
import type { Store } from '@forage/store'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import { cachedDecisions, logIndex, type KnownDecisions } from '../decisions/known-decisions.ts'
import { FeedbackAcceptor } from '../feedback/acceptor.ts'
import { Meter } from '../metrics/meter.ts'
import { PlacementRegistry } from '../placements/registry.ts'
import { Recommender } from '../recommend/recommender.ts'
import { createIntake, openServerSpool, type IntakeState } from '../spool/create-intake.ts'
import { openDrivers, type Drivers } from './drivers.ts'
import { follow } from './follow.ts'
import { learnHere } from './learn-here.ts'
import type { Learning } from './learning.ts'
import { priorOf, SnapshotPublisher } from './publisher.ts'
import type { Serving } from './serving.ts'

/** Log, store and snapshots of this process, and the learner too where no other process has it. */
export interface Runtime extends Omit<IntakeState, 'close'> {
  readonly log: EventLog
  readonly store: Store
  readonly servings: ReadonlyMap<string, Serving>
  readonly registry: PlacementRegistry
  readonly recommender: Recommender
  readonly feedback: FeedbackAcceptor
  readonly known: KnownDecisions
  readonly publisher: SnapshotPublisher
  readonly learning: Learning
  readonly meter: Meter
  /** Caught up with the log's end at start, and placements loaded. */
  readonly ready: boolean
  /** Resolves when `ready` becomes true; rejects when the state cannot be used. */
  readonly whenReady: Promise<void>
  /** SHA-256 of all sums at the applied offsets. */
  digest(): string
  counters(): Record<string, number>
  openDecisions(): number
  /** Records not applied yet, as of the last look at the log's end (once a second). */
  lag(): number
  partitions(): Promise<PartitionState[]>
  /** Saves a checkpoint, then frees everything. */
  close(): Promise<void>
}

export interface PartitionState {
  readonly partition: number
  readonly end: number
  readonly applied: number
  readonly checkpoint: number
  readonly openDecisions: number
}

export const LEARNER_POLL_MS = 1000

/** Opens the data folder and starts learning. Serve placements once `ready`; before, the prior or an old snapshot answers. */
export async function openRuntime(config: Config, logger: Logger, now: () => number = Date.now, drivers?: Drivers): Promise<Runtime> {
  const opened = drivers ?? (await openDrivers(config, 'serving', logger, now))
  const { log, store } = opened
  /** Other processes use the same log and store. */
  const shared = opened.learnsElsewhere === true || store.checkpoints.watch !== undefined
  const remote = shared || opened.spool !== undefined
  const intake = createIntake({ log, remote, spool: opened.spool ?? (remote ? await openServerSpool(config) : null), logger })
  const known = remote ? cachedDecisions(store.cache, config.decisionIdTtlSeconds * 1000) : logIndex(log)
  const servings = new Map<string, Serving>()
  const meter = new Meter()
  const publisher = new SnapshotPublisher({
    servings,
    partitions: log.partitions,
    intervalMs: config.snapshotIntervalMs,
    onRejected: ({ definition }, error) => {
      meter.snapshotsRejected += 1
      logger.error({ placement: definition.spec.id, err: error }, 'a snapshot could not be derived; the previous one serves')
    },
  })
  const registry = new PlacementRegistry({
    documents: store.documents,
    log,
    findable: !shared,
    shardOf: (partition) => publisher.shardOf(partition),
    servings,
    prior: priorOf,
    refresh: (serving) => publisher.refresh(serving),
    onBroken: (kind, id, error) => logger.error({ kind, id, err: error }, 'a stored definition cannot be served'),
    onRestored: (kind, id, version) => logger.warn({ kind, id, version }, 'the store had lost this; it is written back'),
  })
  const learning = shared
    ? follow({
        checkpoints: store.checkpoints,
        partitions: log.partitions,
        ...(store.checkpoints.watch === undefined ? { pollMs: 20 } : {}),
        onApplied: (partition, shard, next) => publisher.applied(partition, shard, next),
        onDamaged: (partition, error) => {
          meter.snapshotsRejected += 1
          logger.error({ partition, err: error }, 'a checkpoint is damaged; the last good one serves')
        },
        onRegressed: (partition, from, to) => {
          meter.storeRegressions += 1
          logger.warn({ partition, from, to }, 'the store went back in time')
        },
        onAway: (error) => logger.error({ err: error }, 'the store is away; the last snapshots serve'),
      })
    : learnHere({
        log, store, config, now,
        onApplied: (partition, shard, next) => publisher.applied(partition, shard, next),
        onDeadLetter: (record, error) => {
          meter.deadLetters += 1
          logger.warn({ partition: record.partition, offset: record.offset, err: error }, 'unreadable record')
        },
        onError: (error, partition) => logger.error({ partition, err: error }, 'the learner is in trouble'),
      })
  const recommender = new Recommender({
    servings,
    log,
    health: intake.health,
    known,
    now,
    onDecision: meter.decided,
    onLogFailure: (error) => {
      meter.logFailures += 1
      if (meter.logFailures % 1000 === 1) logger.error({ err: error, failures: meter.logFailures }, 'the log does not take decisions')
    },
    onStoreFailure: (error) => {
      meter.storeFailures += 1
      if (meter.storeFailures % 1000 === 1) logger.error({ err: error, failures: meter.storeFailures }, 'the store does not say which decision ids are known')
    },
  })
  const ends = Array.from({ length: log.partitions }, () => 0)
  const lookAtEnds = async () => {
    for (let partition = 0; partition < log.partitions; partition++) ends[partition] = await log.end(partition)
  }
  const poll = setInterval(() => {
    registry.reload().catch((error: unknown) => logger.error({ err: error }, 'definitions cannot be read'))
    lookAtEnds().catch(() => undefined)
  }, LEARNER_POLL_MS)
  poll.unref()

  let ready = false
  const whenReady = (async () => {
    if (shared) await learning.ready // what partitions hold already need not be announced to them
    await registry.reload()
    await learning.ready
    publisher.publish()
    await lookAtEnds()
    ready = true
  })()
  whenReady.catch(() => undefined)

  const openDecisions = () => publisher.shards.reduce((sum, shard) => sum + shard.openDecisions, 0)
  let closing: Promise<void> | null = null
  const stop = async () => {
    clearInterval(poll)
    publisher.stop()
    await learning.stop()
    await intake.close()
    await log.close()
    await store.close()
  }
  return {
    log, store, servings, registry, recommender, publisher, learning, meter, whenReady, openDecisions,
    ...intake, known,
    feedback: new FeedbackAcceptor(intake.intake, log.partitions),
    get ready() {
      return ready
    },
    digest: () => digestOf(publisher.shards),
    counters() {
      const sum: Record<string, number> = {}
      for (const { counters } of publisher.shards) for (const [name, count] of Object.entries(counters)) sum[name] = (sum[name] ?? 0) + count
      return sum
    },
    lag: () => ends.reduce((sum, end, partition) => sum + Math.max(0, end - (publisher.appliedOffsets[partition] ?? 0)), 0),
    async partitions() {
      await lookAtEnds().catch(() => undefined) // away: the last ends known
      return ends.map((end, partition) => {
        const openDecisions = publisher.shardOf(partition)?.openDecisions ?? 0
        return { partition, end, applied: publisher.appliedOffsets[partition] ?? 0, checkpoint: learning.saved(partition), openDecisions }
      })
    },
    close: () => (closing ??= stop()),
  }
}
