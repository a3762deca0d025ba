import type { CheckpointStore, Store } from '../store.ts'
import { ForageError } from '@forage/domain'
import { checkFence } from '../fencing.ts'
import { MemoryCache } from './memory-cache.ts'
import { MemoryDocuments } from './memory-documents.ts'

export interface MemoryStoreOptions {
  /** Milliseconds since the epoch; only the cache's time to live asks for it. */
  readonly now?: () => number
}

/** A store that lives as long as the process: for tests and simulations. */
export function createMemoryStore({ now = Date.now }: MemoryStoreOptions = {}): Store {
  let closed = false
  const guard = () => {
    if (closed) throw new ForageError('store_unavailable', 'the store is closed')
  }
  return {
    name: 'memory',
    checkpoints: new MemoryCheckpoints(guard),
    documents: new MemoryDocuments(guard),
    cache: new MemoryCache(guard, now),
    async close() {
      closed = true
    },
  }
}

interface Partition {
  epoch: number
  offset: number
  replayFrom: number
  savedBy: number
  readonly fields: Map<string, Uint8Array>
  readonly entries: Map<string, Uint8Array>
}

class MemoryCheckpoints implements CheckpointStore {
  readonly #guard: () => void
  readonly #partitions = new Map<string, Partition>()

  constructor(guard: () => void) {
    this.#guard = guard
  }

  async acquire(fold: string, partition: number): Promise<number> {
    return (this.#at(fold, partition).epoch += 1)
  }

  async load(fold: string, partition: number): ReturnType<CheckpointStore['load']> {
    const { offset, replayFrom, savedBy, fields } = this.#at(fold, partition)
    if (offset < 0) return null
    return { offset, replayFrom, epoch: savedBy, fields: new Map([...fields].map(([name, bytes]) => [name, bytes.slice()])) }
  }

  async save(...[fold, partition, write]: Parameters<CheckpointStore['save']>): Promise<void> {
    const state = this.#at(fold, partition)
    checkFence(fold, partition, state, write)
    merge(state.fields, write.fields)
    merge(state.entries, write.entries)
    Object.assign(state, { offset: write.offset, replayFrom: write.replayFrom, savedBy: write.epoch })
  }

  async entries(fold: string, partition: number, keys: readonly string[]): Promise<Map<string, Uint8Array>> {
    const { entries } = this.#at(fold, partition)
    const found = new Map<string, Uint8Array>()
    for (const key of keys) {
      const bytes = entries.get(key)
      if (bytes !== undefined) found.set(key, bytes.slice())
    }
    return found
  }

  #at(fold: string, partition: number): Partition {
    this.#guard()
    const name = `${partition} ${fold}`
    const existing = this.#partitions.get(name)
    if (existing !== undefined) return existing
    const created: Partition = { epoch: 0, offset: -1, replayFrom: 0, savedBy: 0, fields: new Map(), entries: new Map() }
    this.#partitions.set(name, created)
    return created
  }
}

function merge(into: Map<string, Uint8Array>, changes: ReadonlyMap<string, Uint8Array | null>): void {
  for (const [name, bytes] of changes) {
    if (bytes === null) into.delete(name)
    else into.set(name, new Uint8Array(bytes))
  }
}
