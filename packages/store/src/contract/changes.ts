import { expect } from 'vitest'
import { bytes, clock, write, type Cases } from './common.ts'

/** Seeded integers below a bound (a linear congruential generator, its upper bits). */
const numbers = (seed: number) => (below: number) => Math.floor(((seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32) * below)

/** What stores that many processes share do for those who follow checkpoints; others pass. */
export const changeCases = {
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
} satisfies Cases
