import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { CatalogBody } from '@forage/contracts'
import { ForageError, type Features } from '@forage/domain'
import type { EventLog } from '@forage/event-log'
import type { Store } from '@forage/store'
import type { CatalogFeatures } from '../audit/recompute.ts'

export interface OpenFolder {
  /** What is open, for people. */
  readonly where: string
  readonly log: EventLog
  readonly store: Store
  close(): Promise<void>
}

/** Opens a data folder to read it, beside, or instead of, a running server. @throws ForageError `not_found` when it is none */
export async function openFolder(folder: string): Promise<OpenFolder> {
  if (!existsSync(join(folder, 'log'))) throw new ForageError('not_found', `${folder} is no data folder: it holds no log`, { folder })
  const { openLmdbLog } = await import('@forage/event-log/lmdb')
  const log = openLmdbLog({ path: join(folder, 'log'), readOnly: true })
  const store = await openStore(folder)
  return {
    where: folder,
    log,
    store,
    close: async () => {
      await log.close()
      await store.close()
    },
  }
}

/** Reads catalog versions out of the store, where they are kept as documents. */
export function catalogFrom(store: Store): (placement: string, version: number) => Promise<CatalogFeatures | null> {
  return async (placement, version) => {
    const document = await store.documents.get<CatalogBody>('catalog', placement, version)
    return document === null ? null : new Map(document.body.items.map(({ id, features }) => [id, features as Features]))
  }
}

/** Opens the store of a data folder, which may be new, to read and write. Several processes may. */
export async function openStore(folder: string): Promise<Store> {
  mkdirSync(folder, { recursive: true })
  const { openLmdbStore } = await import('@forage/store/lmdb')
  return openLmdbStore({ path: join(folder, 'store') })
}
