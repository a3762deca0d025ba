import { expect } from 'vitest'
import { bytes, clock, write, type Cases } from './common.ts'

/** What every store does with checkpoints. */
export const checkpointCases = {
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

  async 'refuses a write that contradicts itself'(open) {
    const { checkpoints } = await open(clock)
    await checkpoints.acquire('learner', 0)
    await expect(checkpoints.save('learner', 0, write({ replayFrom: 11 }))).rejects.toMatchObject({ code: 'internal' })
    await expect(checkpoints.save('learner', 0, write({ offset: Number.NaN }))).rejects.toMatchObject({ code: 'internal' })
    expect(await checkpoints.load('learner', 0)).toBeNull()
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
} satisfies Cases
