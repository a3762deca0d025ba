import { expect } from 'vitest'
import type { CheckpointWrite, Store } from './store.ts'

/** Opens an empty store whose clock is `now`. */
export type OpenStore = (now: () => number) => Promise<Store>

const bytes = (...values: number[]) => Uint8Array.of(...values)
const write = (change: Partial<CheckpointWrite>): CheckpointWrite => ({ epoch: 1, offset: 10, replayFrom: 4, fields: new Map(), entries: new Map(), ...change })
const clock = () => 0
/** Seeded integers below a bound (a linear congruential generator, its upper bits). */
const numbers = (seed: number) => (below: number) => Math.floor(((seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32) * below)

/** What every store must do. Each case is a function of its own, so that a test can also see it fail on a broken store. */
export const storeContract = {
  async 'gives back what was saved, not what the caller wrote afterwards'(open) {
    const { checkpoints } = await open(clock)
    expect(await checkpoints.load('learner', 0)).toBeNull()
    const epoch = await checkpoints.acquire('learner', 0)
    expect(epoch).toBe(1)
    expect(await checkpoints.load('learner', 0)).toBeNull()
    const [field, entry] = [bytes(1, 2), bytes(3)]
    await checkpoints.save('learner', 0, write({ fields: new Map([['arm', field]]), entries: new Map([['d-1', entry]]) }))
    field[0] = entry[0] = 99
    const loaded = await checkpoints.load('learner', 0)
    expect(loaded).toEqual({ epoch: 1, offset: 10, replayFrom: 4, fields: new Map([['arm', bytes(1, 2)]]) })
    loaded!.fields.get('arm')![0] = 99
    expect((await checkpoints.load('learner', 0))!.fields.get('arm')).toEqual(bytes(1, 2))
    const found = await checkpoints.entries('learner', 0, ['d-1'])
    expect(found).toEqual(new Map([['d-1', bytes(3)]]))
    found.get('d-1')![0] = 99
    expect(await checkpoints.entries('learner', 0, ['d-1', 'd-2'])).toEqual(new Map([['d-1', bytes(3)]]))
  },

  async 'keeps fields that a write does not name, and deletes those set to null'(open) {
    const { checkpoints } = await open(clock)
    await checkpoints.acquire('learner', 0)
    await checkpoints.save('learner', 0, write({ fields: new Map([['a', bytes(1)], ['b', bytes(2)]]), entries: new Map([['x', bytes(1)], ['y', bytes(2)]]) }))
    await checkpoints.save('learner', 0, write({ offset: 11, fields: new Map([['b', null], ['c', bytes()], ['never', null]]), entries: new Map([['x', null], ['never', null]]) }))
    expect((await checkpoints.load('learner', 0))!.fields).toEqual(new Map([['a', bytes(1)], ['c', bytes()]]))
    expect(await checkpoints.entries('learner', 0, ['x', 'y'])).toEqual(new Map([['y', bytes(2)]]))
  },

  async 'fences every earlier owner from the moment of the takeover'(open) {
    const { checkpoints } = await open(clock)
    const first = await checkpoints.acquire('learner', 0)
    await checkpoints.save('learner', 0, write({ epoch: first, fields: new Map([['a', bytes(1)]]) }))
    const second = await checkpoints.acquire('learner', 0)
    expect(second).toBeGreaterThan(first)
    const late = write({ epoch: first, offset: 20, replayFrom: 20, fields: new Map([['a', bytes(66)]]), entries: new Map([['x', bytes(66)]]) })
    await expect(checkpoints.save('learner', 0, late)).rejects.toMatchObject({ code: 'fenced' })
    expect(await checkpoints.load('learner', 0)).toMatchObject({ offset: 10, fields: new Map([['a', bytes(1)]]) })
    expect(await checkpoints.entries('learner', 0, ['x'])).toEqual(new Map())
    await checkpoints.save('learner', 0, write({ epoch: second, offset: 11 }))
    expect(await checkpoints.load('learner', 0)).toMatchObject({ offset: 11, epoch: second })
  },

  async 'refuses an offset that goes backwards, and changes nothing then'(open) {
    const { checkpoints } = await open(clock)
    await checkpoints.acquire('learner', 0)
    await checkpoints.save('learner', 0, write({ fields: new Map([['a', bytes(1)]]) }))
    const back = write({ offset: 9, fields: new Map([['a', bytes(66)], ['b', bytes(66)]]), entries: new Map([['x', bytes(66)]]) })
    await expect(checkpoints.save('learner', 0, back)).rejects.toMatchObject({ code: 'fenced' })
    expect(await checkpoints.load('learner', 0)).toEqual({ epoch: 1, offset: 10, replayFrom: 4, fields: new Map([['a', bytes(1)]]) })
    expect(await checkpoints.entries('learner', 0, ['x'])).toEqual(new Map())
  },

  async 'takes the same write twice'(open) {
    const { checkpoints } = await open(clock)
    await checkpoints.acquire('learner', 0)
    const same = write({ fields: new Map([['a', bytes(1)]]), entries: new Map([['x', bytes(2)]]) })
    await checkpoints.save('learner', 0, same)
    await checkpoints.save('learner', 0, same)
    expect(await checkpoints.load('learner', 0)).toMatchObject({ offset: 10, fields: new Map([['a', bytes(1)]]) })
  },

  async 'keeps folds and partitions apart'(open) {
    const { checkpoints } = await open(clock)
    for (const [fold, partition] of [['a', 1], ['a', 11], ['a1', 1], ['', 0]] as const) {
      await checkpoints.acquire(fold, partition)
      await checkpoints.save(fold, partition, write({ fields: new Map([[`${fold}/${partition}`, bytes(partition)]]), entries: new Map([['x', bytes(partition)]]) }))
    }
    expect((await checkpoints.load('a', 1))!.fields).toEqual(new Map([['a/1', bytes(1)]]))
    expect((await checkpoints.load('', 0))!.fields).toEqual(new Map([['/0', bytes(0)]]))
    expect(await checkpoints.entries('a', 11, ['x'])).toEqual(new Map([['x', bytes(11)]]))
    expect(await checkpoints.load('a', 2)).toBeNull()
  },

  async 'takes long, strange and many names'(open) {
    const { checkpoints } = await open(clock)
    await checkpoints.acquire('learner', 0)
    const names = ['', '\u0000', 'ä/🙂', 'x'.repeat(5000), `${'x'.repeat(5000)}y`, '__proto__', ...Array.from({ length: 300 }, (_, index) => `n-${index}`)]
    const all = new Map(names.map((name, index) => [name, bytes(index & 255, index >> 8)]))
    await checkpoints.save('learner', 0, write({ fields: all, entries: all }))
    expect((await checkpoints.load('learner', 0))!.fields).toEqual(all)
    expect(await checkpoints.entries('learner', 0, names)).toEqual(all)
  },

  async 'forgets what is discarded, keeps the owner, and fences others'(open) {
    const { checkpoints } = await open(clock)
    const first = await checkpoints.acquire('learner', 0)
    await checkpoints.save('learner', 0, write({ epoch: first, fields: new Map([['a', bytes(1)]]), entries: new Map([['x', bytes(1)]]) }))
    await checkpoints.save('learner', 0, write({ epoch: first, offset: 12 }))
    const second = await checkpoints.acquire('learner', 0)
    await expect(checkpoints.discard('learner', 0, first)).rejects.toMatchObject({ code: 'fenced' })
    expect(await checkpoints.load('learner', 0)).toMatchObject({ offset: 12 })
    await checkpoints.discard('learner', 0, second)
    expect(await checkpoints.load('learner', 0)).toBeNull()
    expect(await checkpoints.entries('learner', 0, ['x'])).toEqual(new Map())
    await checkpoints.save('learner', 0, write({ epoch: second, offset: 3, replayFrom: 0, fields: new Map([['b', bytes(2)]]) }))
    expect(await checkpoints.load('learner', 0)).toEqual({ epoch: second, offset: 3, replayFrom: 0, fields: new Map([['b', bytes(2)]]) })
  },

  async 'tells readers what changed since they looked'(open) {
    const { checkpoints } = await open(clock)
    if (checkpoints.changesSince === undefined) return
    const since = (revision: string | null) => checkpoints.changesSince!('learner', 0, revision)
    const epoch = await checkpoints.acquire('learner', 0)
    expect(await since(null)).toBeNull()
    await checkpoints.save('learner', 0, write({ fields: new Map([['a', bytes(1)], ['b', bytes(2)], ['c', bytes(3)]]), entries: new Map([['x', bytes(9)]]) }))
    const first = (await since(null))!
    expect(first).toMatchObject({ whole: true, offset: 10, epoch, fields: new Map([['a', bytes(1)], ['b', bytes(2)], ['c', bytes(3)]]) })
    expect(await since(first.revision)).toEqual({ ...first, whole: false, fields: new Map() })
    await checkpoints.save('learner', 0, write({ offset: 11, fields: new Map([['a', bytes(4)], ['b', null]]) }))
    await checkpoints.save('learner', 0, write({ offset: 12, fields: new Map([['d', bytes(5)], ['never', null]]) }))
    const second = (await since(first.revision))!
    expect([second.whole, second.offset]).toEqual([false, 12])
    expect(new Map([...second.fields].filter(([name]) => name !== 'never'))).toEqual(new Map([['a', bytes(4)], ['b', null], ['d', bytes(5)]]))
    const next = await checkpoints.acquire('learner', 0)
    await checkpoints.save('learner', 0, write({ epoch: next, offset: 13, fields: new Map([['c', bytes(6)]]) }))
    expect(await since(second.revision)).toMatchObject({ whole: false, offset: 13, epoch: next, fields: new Map([['c', bytes(6)]]) })
    expect(await since('7 nobody')).toMatchObject({ whole: true, offset: 13, fields: new Map([['a', bytes(4)], ['c', bytes(6)], ['d', bytes(5)]]) })
    await checkpoints.discard('learner', 0, next)
    expect(await since(second.revision)).toBeNull()
    for (let offset = 1; offset < 9; offset++) await checkpoints.save('learner', 0, write({ epoch: next, offset, replayFrom: 0, fields: new Map([['e', bytes(offset)]]) }))
    expect(await since(second.revision)).toMatchObject({ whole: true, offset: 8, fields: new Map([['e', bytes(8)]]) })
  },

  async 'keeps a reader that follows the changes at what is stored, whatever happens'(open) {
    const { checkpoints } = await open(clock)
    if (checkpoints.changesSince === undefined) return
    const any = numbers(20_261)
    let [epoch, offset] = [await checkpoints.acquire('learner', 0), 0]
    let reader: { revision: string | null; fields: Map<string, Uint8Array> } = { revision: null, fields: new Map() }
    let parts = 0
    for (let step = 0; step < 300; step++) {
      const kind = any(20)
      if (kind === 0) epoch = await checkpoints.acquire('learner', 0)
      else if (kind === 1) {
        await checkpoints.discard('learner', 0, epoch)
        offset = any(3)
      } else if (kind < 14) {
        const names = Array.from({ length: any(4) === 0 ? 40 : any(4) }, () => `f${any(60)}`)
        const fields = new Map(names.map((name) => [name, any(3) === 0 ? null : bytes(any(256), any(256))]))
        await checkpoints.save('learner', 0, write({ epoch, offset: ++offset, replayFrom: 0, fields }))
      } else {
        const [changes, stored] = [await checkpoints.changesSince('learner', 0, reader.revision), await checkpoints.load('learner', 0)]
        if (changes === null) {
          expect(stored).toBeNull()
          continue
        }
        const fields = new Map(changes.whole ? [] : reader.fields)
        for (const [name, value] of changes.fields) {
          if (value === null) fields.delete(name)
          else fields.set(name, value)
        }
        reader = { revision: changes.revision, fields }
        expect({ offset: changes.offset, epoch: changes.epoch, fields }).toEqual({ offset: stored!.offset, epoch: stored!.epoch, fields: stored!.fields })
        if (!changes.whole) parts += 1
      }
    }
    expect(parts).toBeGreaterThan(20)
  },

  async 'gives everything to a reader whose revision it does not know'(open) {
    const { checkpoints } = await open(clock)
    if (checkpoints.changesSince === undefined) return
    await checkpoints.acquire('learner', 0)
    await checkpoints.acquire('learner', 1)
    for (const offset of [1, 2]) for (const partition of [0, 1]) await checkpoints.save('learner', partition, write({ offset, replayFrom: 0, fields: new Map([['a', bytes(offset)]]) }))
    const { revision } = (await checkpoints.changesSince('learner', 0, null))!
    for (const unknown of ['', ' ', 'x', '7 nobody', '1.5 nobody', '-1 nobody', 'NaN nobody', `9${revision}`, `${revision}9`])
      expect(await checkpoints.changesSince('learner', 0, unknown), unknown).toMatchObject({ whole: true, revision, fields: new Map([['a', bytes(2)]]) })
  },

  async 'gives many changes as one state'(open) {
    const { checkpoints } = await open(clock)
    if (checkpoints.changesSince === undefined) return
    const epoch = await checkpoints.acquire('learner', 0)
    const all = (value: number) => new Map(Array.from({ length: 300 }, (_, index) => [`f${index}`, bytes(value)]))
    await checkpoints.save('learner', 0, write({ epoch, offset: 20, fields: all(0) }))
    let { revision } = (await checkpoints.changesSince('learner', 0, null))!
    const saving = (async () => {
      for (let value = 1; value < 30; value++) await checkpoints.save('learner', 0, write({ epoch, offset: 20 + value, fields: all(value) }))
    })()
    for (let read = 0; read < 20; read++) {
      const changes = (await checkpoints.changesSince('learner', 0, revision))!
      expect(new Set([...changes.fields.values()].map((value) => value![0])).size).toBeLessThanOrEqual(1)
      if (changes.fields.size > 0) expect(changes.offset).toBe(20 + changes.fields.get('f0')![0]!)
      revision = changes.revision
    }
    await saving
  },

  async 'says how a partition stands'(open) {
    const { checkpoints } = await open(clock)
    if (checkpoints.standing === undefined || checkpoints.suspect === undefined) return
    const first = await checkpoints.acquire('learner', 0)
    await checkpoints.suspect('learner', 0) // of what? nothing was saved
    expect(await checkpoints.standing('learner', 0, first)).toBe('owned')
    await checkpoints.save('learner', 0, write({ epoch: first }))
    expect(await checkpoints.standing('learner', 0, first)).toBe('owned')
    await checkpoints.suspect('learner', 0)
    expect(await checkpoints.standing('learner', 0, first)).toBe('suspect')
    await checkpoints.discard('learner', 0, first)
    expect(await checkpoints.standing('learner', 0, first)).toBe('owned')
    await checkpoints.save('learner', 0, write({ epoch: first }))
    await checkpoints.suspect('learner', 0)
    const second = await checkpoints.acquire('learner', 0)
    expect(await checkpoints.standing('learner', 0, first)).toBe('taken')
    expect(await checkpoints.standing('learner', 0, second)).toBe('owned')
  },

  async 'lets a group share partitions'(open) {
    const { groups } = await open(clock)
    if (groups === undefined) return
    const long = 60_000
    expect(await groups.claim('g', 'a', 0)).toBe(false)
    expect(await groups.beat('g', 'a', long, [])).toEqual({ members: ['a'], holders: new Map() })
    expect(await groups.beat('g', 'b', long, [])).toEqual({ members: ['a', 'b'], holders: new Map() })
    expect(await groups.claim('g', 'a', 0)).toBe(true)
    expect(await groups.claim('g', 'a', 0)).toBe(true)
    expect(await groups.claim('g', 'b', 0)).toBe(false)
    await groups.release('g', 'b', 0)
    expect(await groups.claim('g', 'b', 0)).toBe(false)
    expect(await groups.beat('g', 'b', long, [0, 11, 2])).toEqual({ members: ['a', 'b'], holders: new Map([[0, 'a'], [2, 'b'], [11, 'b']]) })
    await groups.release('g', 'a', 0)
    expect(await groups.claim('g', 'b', 0)).toBe(true)
    expect(await groups.beat('other', 'c', long, [])).toEqual({ members: ['c'], holders: new Map() })
    await groups.leave('g', 'b')
    expect(await groups.beat('g', 'a', long, [])).toEqual({ members: ['a'], holders: new Map() })
  },

  async 'buries the dead of a group, and what they held is free'(open) {
    let now = 0
    const { groups } = await open(() => now)
    if (groups === undefined) return
    await groups.beat('g', 'dead', 30, [1])
    await groups.beat('g', 'alive', 60_000, [])
    const end = performance.now() + 10_000
    for (; !(await groups.claim('g', 'alive', 1)) && performance.now() < end; now += 5);
    expect(await groups.beat('g', 'alive', 60_000, [])).toEqual({ members: ['alive'], holders: new Map([[1, 'alive']]) })
  },

  async 'refuses a write that contradicts itself'(open) {
    const { checkpoints } = await open(clock)
    await checkpoints.acquire('learner', 0)
    await expect(checkpoints.save('learner', 0, write({ replayFrom: 11 }))).rejects.toMatchObject({ code: 'internal' })
    await expect(checkpoints.save('learner', 0, write({ offset: Number.NaN }))).rejects.toMatchObject({ code: 'internal' })
    expect(await checkpoints.load('learner', 0)).toBeNull()
  },

  async 'numbers the versions of a document and keeps them all'(open) {
    const { documents } = await open(clock)
    expect(await documents.get('placement', 'home')).toBeNull()
    expect(await documents.put('placement', 'home', { floor: 0.1 })).toEqual({ kind: 'placement', id: 'home', version: 1, body: { floor: 0.1 } })
    expect(await documents.put('placement', 'home', { floor: 0.2 })).toMatchObject({ version: 2 })
    expect(await documents.get('placement', 'home')).toEqual({ kind: 'placement', id: 'home', version: 2, body: { floor: 0.2 } })
    expect(await documents.get('placement', 'home', 1)).toEqual({ kind: 'placement', id: 'home', version: 1, body: { floor: 0.1 } })
    for (const version of [0, 3, -1, 1.5]) expect(await documents.get('placement', 'home', version)).toBeNull()
    expect(await documents.get('policy', 'home')).toBeNull()
  },

  async 'does not make a version of what is equal, in whatever order it is written'(open) {
    const { documents } = await open(clock)
    await documents.put('placement', 'home', { a: 1, b: { c: [1, 2], d: null } })
    const revision = await documents.revision()
    expect(await documents.put('placement', 'home', { b: { d: null, c: [1, 2] }, a: 1, e: undefined })).toMatchObject({ version: 1 })
    expect(await documents.revision()).toBe(revision)
    expect(await documents.put('placement', 'home', { a: 1, b: { c: [2, 1], d: null } })).toMatchObject({ version: 2 })
  },

  async 'gives each reader a body of its own'(open) {
    const { documents } = await open(clock)
    const body = { list: [1] }
    const answer = await documents.put('placement', 'home', body)
    body.list.push(2)
    answer.body.list.push(3)
    const read = await documents.get<{ list: number[] }>('placement', 'home')
    read!.body.list.push(4)
    expect(await documents.get('placement', 'home')).toMatchObject({ body: { list: [1] } })
  },

  async 'lets the first of two writers win'(open) {
    const { documents } = await open(clock)
    await documents.put('placement', 'home', { n: 1 }, { expectedVersion: 0 })
    const [first, second] = await Promise.allSettled([
      documents.put('placement', 'home', { n: 2 }, { expectedVersion: 1 }),
      documents.put('placement', 'home', { n: 3 }, { expectedVersion: 1 }),
    ])
    expect(first.status).toBe('fulfilled')
    expect(second).toMatchObject({ status: 'rejected', reason: { code: 'version_conflict' } })
    await expect(documents.put('placement', 'home', { n: 2 }, { expectedVersion: 0 })).rejects.toMatchObject({ code: 'version_conflict' })
    expect(await documents.get('placement', 'home')).toMatchObject({ version: 2, body: { n: 2 } })
  },

  async 'lists the newest version of what is not removed, by id'(open) {
    const { documents } = await open(clock)
    for (const id of ['b', 'a', '🙂', '～', 'c']) await documents.put('policy', id, { id })
    await documents.put('policy', 'a', { id: 'a', more: true })
    await documents.put('other', 'd', {})
    expect(await documents.remove('policy', 'b')).toBe(true)
    expect((await documents.list('policy')).map(({ id, version }) => [id, version])).toEqual([['a', 2], ['c', 1], ['🙂', 1], ['～', 1]])
    expect(await documents.list('nothing')).toEqual([])
  },

  async 'hides what is removed, keeps its versions, and goes on counting'(open) {
    const { documents } = await open(clock)
    expect(await documents.remove('placement', 'home')).toBe(false)
    await documents.put('placement', 'home', { n: 1 })
    expect(await documents.remove('placement', 'home')).toBe(true)
    expect(await documents.remove('placement', 'home')).toBe(false)
    expect(await documents.get('placement', 'home')).toBeNull()
    expect(await documents.get('placement', 'home', 1)).toMatchObject({ body: { n: 1 } })
    await expect(documents.put('placement', 'home', { n: 1 }, { expectedVersion: 1 })).rejects.toMatchObject({ code: 'version_conflict' })
    expect(await documents.put('placement', 'home', { n: 1 }, { expectedVersion: 0 })).toMatchObject({ version: 2 })
    expect(await documents.get('placement', 'home')).toMatchObject({ version: 2 })
  },

  async 'takes a lost version back, and nothing it has'(open) {
    const { documents } = await open(clock)
    const lost = { kind: 'placement', id: 'home', version: 3, body: { n: 3 } }
    expect(await documents.restore(lost)).toBe(true)
    expect(await documents.get('placement', 'home')).toEqual(lost)
    expect([await documents.get('placement', 'home', 2), await documents.get('placement', 'home', 3)]).toEqual([null, lost])
    expect(await documents.list('placement')).toEqual([lost])
    expect(await documents.restore({ ...lost, body: { n: 9 } })).toBe(false)
    expect(await documents.restore({ ...lost, version: 2 })).toBe(false)
    expect(await documents.put('placement', 'home', { n: 4 }, { expectedVersion: 3 })).toMatchObject({ version: 4 })
    await documents.remove('placement', 'home')
    expect(await documents.restore(lost)).toBe(false)
    expect(await documents.get('placement', 'home')).toBeNull()
  },

  async 'counts every change'(open) {
    const { documents } = await open(clock)
    const seen = [await documents.revision()]
    for (const change of [() => documents.put('a', 'x', 1), () => documents.put('b', 'x', 1), () => documents.put('a', 'x', 2), () => documents.remove('a', 'x')]) {
      await change()
      seen.push(await documents.revision())
    }
    expect(new Set(seen).size).toBe(5)
    expect(seen.toSorted((a, b) => a - b)).toEqual(seen)
  },

  async 'forgets cached values when their time is over'(open) {
    let now = 1000
    const { cache } = await open(() => now)
    const value = bytes(1, 2)
    await cache.set('k', value, 50)
    value[0] = 99
    expect(await cache.get('k')).toEqual(bytes(1, 2))
    ;(await cache.get('k'))![0] = 99
    now = 1049
    expect(await cache.get('k')).toEqual(bytes(1, 2))
    now = 1050
    expect(await cache.get('k')).toBeNull()
    await cache.set('k', bytes(3), 50)
    expect(await cache.get('k')).toEqual(bytes(3))
    await cache.delete('k')
    expect(await cache.get('k')).toBeNull()
    await cache.delete('k')
  },

  async 'refuses work after it was closed'(open) {
    const store = await open(clock)
    await store.close()
    await store.close()
    await expect(store.checkpoints.load('learner', 0)).rejects.toMatchObject({ code: 'store_unavailable' })
    await expect(store.checkpoints.acquire('learner', 0)).rejects.toMatchObject({ code: 'store_unavailable' })
    await expect(store.documents.put('a', 'b', 1)).rejects.toMatchObject({ code: 'store_unavailable' })
    await expect(store.cache.get('k')).rejects.toMatchObject({ code: 'store_unavailable' })
  },
} satisfies Record<string, (open: OpenStore) => Promise<void>>
