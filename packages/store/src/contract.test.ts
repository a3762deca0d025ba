import { describe, expect, it } from 'vitest'
import { storeContract, type OpenStore } from './contract.ts'
import { createMemoryStore } from './drivers/memory.ts'
import type { CacheStore, CheckpointStore, CheckpointWrite, DocumentStore, GroupStore, Store } from './store.ts'

/** A memory store with one fault built in. */
function broken(fault: { checkpoints?: (good: CheckpointStore) => Partial<CheckpointStore>; documents?: (good: DocumentStore) => Partial<DocumentStore>; groups?: (good: GroupStore) => Partial<GroupStore>; cache?: (good: CacheStore, now: () => number) => Partial<CacheStore> }): OpenStore {
  return async (now) => {
    const good = createMemoryStore({ now })
    return {
      name: 'broken',
      checkpoints: overlay(good.checkpoints, fault.checkpoints?.(good.checkpoints)),
      documents: overlay(good.documents, fault.documents?.(good.documents)),
      groups: overlay(good.groups!, fault.groups?.(good.groups!)),
      cache: overlay(good.cache, fault.cache?.(good.cache, now)),
      close: () => good.close(),
    } satisfies Store
  }
}

function overlay<T extends object>(good: T, bad: Partial<T> = {}): T {
  return new Proxy(good, {
    get(target, name) {
      const member = (Reflect.get(bad, name) ?? Reflect.get(target, name)) as unknown
      return typeof member === 'function' ? (member as (...values: unknown[]) => unknown).bind(target) : member
    },
  })
}

const noEntries = (write: CheckpointWrite): CheckpointWrite => ({ ...write, entries: new Map() })
const noDeletes = (write: CheckpointWrite): CheckpointWrite => ({ ...write, fields: new Map([...write.fields].filter(([, bytes]) => bytes !== null)) })

const faults: [fault: string, noticedBy: keyof typeof storeContract, OpenStore][] = [
  ['forgets who the owner is', 'fences every earlier owner from the moment of the takeover', broken({
    checkpoints: (good) => {
      let newest = 0
      return {
        acquire: async (fold, partition) => (newest = await good.acquire(fold, partition)),
        save: (fold, partition, write) => good.save(fold, partition, { ...write, epoch: newest }),
      }
    },
  })],
  ['fences at the first save instead of the takeover', 'fences every earlier owner from the moment of the takeover', broken({ checkpoints: () => ({ acquire: async () => 1 }) })],
  ['loses entries', 'gives back what was saved, not what the caller wrote afterwards', broken({ checkpoints: (good) => ({ save: (fold, partition, write) => good.save(fold, partition, noEntries(write)) }) })],
  ['does not delete', 'keeps fields that a write does not name, and deletes those set to null', broken({ checkpoints: (good) => ({ save: (fold, partition, write) => good.save(fold, partition, noDeletes(write)) }) })],
  ['saves without a transaction: the changes, then the check', 'refuses an offset that goes backwards, and changes nothing then', broken({
    checkpoints: (good) => ({
      async save(fold, partition, write) {
        const saved = await good.load(fold, partition)
        if (saved !== null) await good.save(fold, partition, { ...write, offset: saved.offset, replayFrom: saved.replayFrom })
        await good.save(fold, partition, write)
      },
    }),
  })],
  ['lets the offset go backwards', 'refuses an offset that goes backwards, and changes nothing then', broken({
    checkpoints: (good) => ({ save: async (fold, partition, write) => good.save(fold, partition, { ...write, offset: Math.max(write.offset, (await good.load(fold, partition))?.offset ?? 0) }) }),
  })],
  ['takes a repeated write for a backward one', 'takes the same write twice', broken({
    checkpoints: (good) => ({
      async save(fold, partition, write) {
        if ((await good.load(fold, partition))?.offset === write.offset) throw Object.assign(new Error('fenced'), { code: 'fenced' })
        await good.save(fold, partition, write)
      },
    }),
  })],
  ['keeps the caller’s arrays', 'gives back what was saved, not what the caller wrote afterwards', broken({
    checkpoints: (good) => {
      let kept: ReadonlyMap<string, Uint8Array | null> = new Map()
      return {
        save: (fold, partition, write) => ((kept = write.fields), good.save(fold, partition, write)),
        load: async (fold, partition) => {
          const loaded = await good.load(fold, partition)
          return loaded && { ...loaded, fields: kept as ReadonlyMap<string, Uint8Array> }
        },
      }
    },
  })],
  ['mixes up partitions', 'keeps folds and partitions apart', broken({
    checkpoints: (good) => ({
      acquire: (fold) => good.acquire(fold, 0),
      load: (fold) => good.load(fold, 0),
      save: (fold, _, write) => good.save(fold, 0, { ...write, epoch: write.epoch }),
    }),
  })],
  ['cuts long names', 'takes long, strange and many names', broken({
    checkpoints: (good) => ({ save: (fold, partition, write) => good.save(fold, partition, { ...write, fields: new Map([...write.fields].map(([name, bytes]) => [name.slice(0, 5000), bytes])) }) }),
  })],
  ['discards the fields only', 'forgets what is discarded, keeps the owner, and fences others', broken({
    checkpoints: (good) => ({
      async discard(fold, partition, epoch) {
        const { offset, replayFrom, fields } = (await good.load(fold, partition))!
        await good.save(fold, partition, { epoch, offset, replayFrom, fields: new Map([...fields.keys()].map((name) => [name, null])), entries: new Map() })
      },
    }),
  })],
  ['does not tell what is gone', 'tells readers what changed since they looked', broken({
    checkpoints: (good) => ({
      async changesSince(fold, partition, revision) {
        const changes = await good.changesSince!(fold, partition, revision)
        return changes && { ...changes, fields: new Map([...changes.fields].filter(([, bytes]) => bytes !== null)) }
      },
    }),
  })],
  ['gives changes since the save before the last', 'keeps a reader that follows the changes at what is stored, whatever happens', broken({
    checkpoints: (good) => {
      let before: string | null = null
      return {
        async save(fold, partition, write) {
          before = (await good.changesSince!(fold, partition, null))?.revision ?? null
          await good.save(fold, partition, write)
        },
        changesSince: (fold, partition, revision) => good.changesSince!(fold, partition, revision === null ? null : before),
      }
    },
  })],
  ['knows every revision', 'gives everything to a reader whose revision it does not know', broken({
    checkpoints: (good) => ({
      async changesSince(fold, partition, revision) {
        const changes = await good.changesSince!(fold, partition, revision)
        return changes && { ...changes, whole: revision === null }
      },
    }),
  })],
  ['is always owned', 'says how a partition stands', broken({ checkpoints: () => ({ standing: async () => 'owned' }) })],
  ['stays suspect', 'says how a partition stands', broken({
    checkpoints: (good) => {
      let suspect = false
      return {
        suspect: async () => void (suspect = true),
        standing: async (fold, partition, epoch) => (suspect ? 'suspect' : good.standing!(fold, partition, epoch)),
      }
    },
  })],
  ['lets everybody claim', 'lets a group share partitions', broken({ groups: () => ({ claim: async () => true }) })],
  ['holds nothing again', 'lets a group share partitions', broken({ groups: (good) => ({ beat: (group, member, lifeMs) => good.beat(group, member, lifeMs, []) }) })],
  ['lets others release', 'lets a group share partitions', broken({
    groups: (good) => ({
      async release(group, member, partition) {
        const { holders } = await good.beat(group, member, 60_000, [])
        await good.release(group, holders.get(partition) ?? member, partition)
      },
    }),
  })],
  ['keeps what a leaving member held', 'lets a group share partitions', broken({ groups: () => ({ leave: async () => {} }) })],
  ['makes a version of everything', 'does not make a version of what is equal, in whatever order it is written', broken({
    documents: (good) => ({ put: async (kind, id, body, options) => (await good.remove(kind, id), good.put(kind, id, body, options)) }),
  })],
  ['ignores the expected version', 'lets the first of two writers win', broken({ documents: (good) => ({ put: (kind, id, body) => good.put(kind, id, body) }) })],
  ['removes nothing', 'hides what is removed, keeps its versions, and goes on counting', broken({ documents: () => ({ remove: async () => true }) })],
  ['counts nothing', 'counts every change', broken({ documents: () => ({ revision: async () => 1 }) })],
  ['gives only the newest version', 'numbers the versions of a document and keeps them all', broken({ documents: (good) => ({ get: (kind, id) => good.get(kind, id) }) })],
  ['never forgets', 'forgets cached values when their time is over', broken({ cache: (good) => ({ set: (key, value) => good.set(key, value, 1e12) }) })],
]

describe('the contract of stores', () => {
  it.each(Object.entries(storeContract))('is content with the store that the faults are built into: %s', (_, contract) => contract(broken({})))

  it.each(faults)('notices a store that %s', async (_, noticedBy, open) => {
    await expect(storeContract[noticedBy](open)).rejects.toThrow()
  })
})
