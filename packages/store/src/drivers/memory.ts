import type { CheckpointChanges, CheckpointStore, Standing, Store } from '../store.ts'
import { ForageError } from '@forage/domain'
import { checkFence } from '../fencing.ts'
import { MemoryCache } from './memory-cache.ts'
import { MemoryDocuments } from './memory-documents.ts'
import { MemoryGroups } from './memory-groups.ts'

export interface MemoryStoreOptions {
  /** Milliseconds since the epoch; only what ends with time asks for it. */
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
    groups: new MemoryGroups(guard, now),
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
  suspect: boolean
  /** Counts saves; `base` is the last one before which nothing is known of what changed. */
  revision: number
  base: number
  /** Field → the save that changed or deleted it. */
  readonly changed: Map<string, number>
  readonly fields: Map<string, Uint8Array>
  readonly entries: Map<string, Uint8Array>
}

let stores = 0

class MemoryCheckpoints implements CheckpointStore {
  /** A revision of another store names nothing here. */
  readonly #name = `${++stores}`
  readonly #guard: () => void
  readonly #partitions = new Map<string, Partition>()

  constructor(guard: () => void) {
    this.#guard = guard
  }

  async acquire(fold: string, partition: number): Promise<number> {
    const state = this.#at(fold, partition)
    state.suspect = false
    return (state.epoch += 1)
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
    state.revision += 1
    for (const name of write.fields.keys()) state.changed.set(name, state.revision)
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

  async discard(fold: string, partition: number, epoch: number): Promise<void> {
    const state = this.#at(fold, partition)
    checkFence(fold, partition, { ...state, offset: -1 }, { epoch, offset: 0, replayFrom: 0, fields: new Map(), entries: new Map() })
    state.fields.clear()
    state.entries.clear()
    state.changed.clear()
    state.revision += 1
    Object.assign(state, { offset: -1, replayFrom: 0, suspect: false, base: state.revision })
  }

  async standing(fold: string, partition: number, epoch: number): Promise<Standing> {
    const state = this.#at(fold, partition)
    return state.epoch !== epoch ? 'taken' : state.suspect ? 'suspect' : 'owned'
  }

  async suspect(fold: string, partition: number): Promise<void> {
    const state = this.#at(fold, partition)
    state.suspect = state.offset >= 0
  }

  async changesSince(fold: string, partition: number, revision: string | null): Promise<CheckpointChanges | null> {
    const state = this.#at(fold, partition)
    if (state.offset < 0) return null
    const { offset, savedBy: epoch, changed, fields } = state
    const [name, number] = revision?.split(' ') ?? []
    const from = name === this.#name ? Number(number) : Number.NaN
    const whole = revision === null || !(from >= state.base && from <= state.revision)
    const names = whole ? [...fields.keys()] : [...changed].filter(([, at]) => at > from).map(([name]) => name)
    return { revision: `${this.#name} ${state.revision}`, whole, offset, epoch, fields: new Map(names.map((name) => [name, fields.get(name)?.slice() ?? null])) }
  }

  #at(fold: string, partition: number): Partition {
    this.#guard()
    const name = `${partition} ${fold}`
    const existing = this.#partitions.get(name)
    if (existing !== undefined) return existing
    const created: Partition = { epoch: 0, offset: -1, replayFrom: 0, savedBy: 0, suspect: false, revision: 0, base: 0, changed: new Map(), fields: new Map(), entries: new Map() }
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
