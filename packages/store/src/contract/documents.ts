import { expect } from 'vitest'
import { clock, type Cases } from './common.ts'

/** What every store does with documents. */
export const documentCases = {
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
} satisfies Cases
