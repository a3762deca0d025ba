import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { storeContract } from '../contract.ts'
import type { Store } from '../store.ts'
import { openLmdbStore } from './lmdb.ts'

const opened: Store[] = []
const folders: string[] = []

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'forage-store-'))
  folders.push(path)
  return path
}

function open(path: string, now?: () => number): Store {
  const store = openLmdbStore({ path, ...(now && { now }) })
  opened.push(store)
  return store
}

afterEach(async () => {
  for (const store of opened.splice(0)) await store.close()
  for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true })
})

describe('the LMDB store', () => {
  it.each(Object.entries(storeContract))('%s', (_, contract) => contract(async (now) => open(folder(), now)))

  it('has everything after it was opened again', async () => {
    const path = folder()
    const first = open(path)
    await first.checkpoints.acquire('learner', 3)
    await first.checkpoints.save('learner', 3, {
      epoch: 1, offset: 7, replayFrom: 2, fields: new Map([['a', Uint8Array.of(1)]]), entries: new Map([['x', Uint8Array.of(2)]]),
    })
    await first.documents.put('placement', 'home', { n: 1 })
    const revision = await first.documents.revision()
    await first.close()
    const again = open(path)
    expect(await again.checkpoints.load('learner', 3)).toEqual({ epoch: 1, offset: 7, replayFrom: 2, fields: new Map([['a', Uint8Array.of(1)]]) })
    expect(await again.checkpoints.entries('learner', 3, ['x'])).toEqual(new Map([['x', Uint8Array.of(2)]]))
    expect(await again.checkpoints.acquire('learner', 3)).toBe(2)
    expect(await again.documents.get('placement', 'home')).toMatchObject({ version: 1, body: { n: 1 } })
    expect(await again.documents.revision()).toBe(revision)
  })

  it('says so when it cannot be opened', () => {
    expect(() => openLmdbStore({ path: '/dev/null/store' })).toThrow(expect.objectContaining({ code: 'store_unavailable' }))
  })

  it('removes expired cache entries in passing', async () => {
    let now = 0
    const { cache } = open(folder(), () => now)
    for (let index = 0; index < 400; index++) await cache.set(`old-${index}`, Uint8Array.of(1), 10)
    now = 20
    for (let index = 0; index < 200; index++) await cache.set(`new-${index}`, Uint8Array.of(1), 10)
    expect(await cache.get('new-0')).toEqual(Uint8Array.of(1))
    expect(await cache.get('old-0')).toBeNull()
  })
})
