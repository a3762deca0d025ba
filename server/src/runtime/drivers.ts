import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { EventLog, Spool } from '@forage/event-log'
import type { Store } from '@forage/store'
import type { Logger } from 'pino'
import { isFleet, type Config } from '../config.ts'

export interface Drivers {
  readonly log: EventLog
  readonly store: Store
  /** Where records wait while a log that is elsewhere is away; by default the one of the data folder. */
  readonly spool?: Spool
  /** A learner in another process saves checkpoints into the store: follow them. So it is with Kafka and Redis. */
  readonly learnsElsewhere?: boolean
}

/** Kafka and Redis where they are configured; else LMDB in `<data>/log` and `<data>/store`, or memory when there is no data folder. */
export async function openDrivers(config: Config, role: 'serving' | 'learner', logger: Logger, now: () => number = Date.now): Promise<Drivers> {
  if (isFleet(config)) return (await import('./fleet-drivers.ts')).openFleetDrivers(config, role, logger)
  const { dataDir, partitions } = config
  const given = partitions === undefined ? {} : { partitions }
  if (dataDir === null) {
    const [{ createMemoryLog }, { createMemoryStore }] = await Promise.all([import('@forage/event-log/memory'), import('@forage/store/memory')])
    return { log: createMemoryLog({ ...given, now }), store: createMemoryStore() }
  }
  const [{ openLmdbLog }, { openLmdbStore }] = await Promise.all([import('@forage/event-log/lmdb'), import('@forage/store/lmdb')])
  mkdirSync(dataDir, { recursive: true })
  const log = openLmdbLog({ path: join(dataDir, 'log'), ...given, now })
  return { log, store: openLmdbStore({ path: join(dataDir, 'store'), now }) }
}
