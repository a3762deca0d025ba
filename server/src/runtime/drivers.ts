import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { EventLog, Spool } from '@forage/event-log'
import type { Store } from '@forage/store'
import type { Config } from '../config.ts'

export interface Drivers {
  readonly log: EventLog
  readonly store: Store
  /** Where records wait while a log that is elsewhere is away; by default the one of the data folder. */
  readonly spool?: Spool
}

/** The embedded drivers: LMDB in `<data>/log` and `<data>/store`, or memory when there is no data folder. */
export async function openDrivers({ dataDir, partitions }: Config, now: () => number): Promise<Drivers> {
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
