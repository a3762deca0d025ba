import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { ForageError } from '@forage/domain'
import { open } from 'lmdb'
import type { Store } from '../store.ts'
import { LmdbCache } from './lmdb-cache.ts'
import { LmdbCheckpoints } from './lmdb-checkpoints.ts'
import { LmdbDocuments } from './lmdb-documents.ts'
import { LmdbTable } from './lmdb-table.ts'

export interface LmdbStoreOptions {
  /** A folder; made when it is missing. */
  readonly path: string
  /** Milliseconds since the epoch; only the cache's time to live asks for it. */
  readonly now?: () => number
}

/**
 * A store in one folder: `state` (checkpoints and documents; a write resolves after its transaction was synced) and `cache` (never synced).
 * Any number of processes may open it; transactions make them take turns.
 * @throws ForageError `store_unavailable` when it cannot be opened
 */
export function openLmdbStore({ path, now = Date.now }: LmdbStoreOptions): Store {
  try {
    const [statePath, cachePath] = [join(path, 'state'), join(path, 'cache')]
    for (const folder of [statePath, cachePath]) mkdirSync(folder, { recursive: true })
    // overlappingSync off: a commit resolves after it reached the disk
    // eventTurnBatching off: it makes promises nobody can catch, which end the process when a commit fails (a full disk)
    const state = open({ path: statePath, noSubdir: false, overlappingSync: false, eventTurnBatching: false, maxDbs: 8, encoding: 'binary' })
    const cache = open({ path: cachePath, noSubdir: false, overlappingSync: false, eventTurnBatching: false, noSync: true, maxDbs: 2, encoding: 'binary' })
    let closing: Promise<void> | null = null
    const guard = () => {
      if (closing !== null) throw new ForageError('store_unavailable', 'the store is closed')
    }
    const table = (name: string) => new LmdbTable(state, name, guard)
    const checkpoints = new LmdbCheckpoints(table('checkpoints'), table('fields'), table('entries'))
    const documents = new LmdbDocuments(table('documents'), table('newest'), table('counters'))
    const close = async () => {
      await state.close()
      await cache.close()
    }
    return {
      name: 'lmdb',
      checkpoints,
      documents,
      cache: new LmdbCache(new LmdbTable(cache, 'values', guard), now),
      close: () => (closing ??= close()),
    }
  } catch (cause) {
    throw new ForageError('store_unavailable', `the store ${path} cannot be opened: ${cause instanceof Error ? cause.message : String(cause)}`, { path }, { cause })
  }
}
