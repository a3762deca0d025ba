import type { EventLog, Position } from '@forage/event-log'
import type { CacheStore } from '@forage/store'

/** Where decisions under their clients' own ids are, so that a repeated call gives the same decision. */
export interface KnownDecisions {
  /** Other processes make decisions too: what is known has to be told them before the answer goes out. */
  readonly shared: boolean
  /** @throws ForageError `log_unavailable`, `store_unavailable` */
  find(id: string): Promise<Position | null>
  /** @throws ForageError `store_unavailable` */
  remember(id: string, position: Position): Promise<void>
}

/** One process: the log's own key index knows, as decisions are appended under their id as key. */
export function logIndex(log: EventLog): KnownDecisions {
  return { shared: false, find: (id) => log.find(id), remember: async () => {} }
}

/** Many processes: the store's cache says where, for `ttlMs`. Two calls at the same moment may still not know of each other. */
export function cachedDecisions(cache: CacheStore, ttlMs: number): KnownDecisions {
  const keyOf = (id: string) => `decision/${id}`
  return {
    shared: true,
    async find(id) {
      const found = await cache.get(keyOf(id))
      const [, partition, offset] = found === null ? [] : (/^(\d+):(\d+)$/.exec(Buffer.from(found).toString()) ?? [])
      return partition === undefined ? null : { partition: Number(partition), offset: Number(offset) }
    },
    remember: (id, { partition, offset }) => cache.set(keyOf(id), Buffer.from(`${partition}:${offset}`), ttlMs),
  }
}
