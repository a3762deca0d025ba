import { expect } from 'vitest'
import { clock, type Cases } from './common.ts'

/** What stores that many processes share do for groups; others pass. */
export const groupCases = {
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

  async 'frees what a member does not know that it holds'(open) {
    const { groups } = await open(clock)
    if (groups === undefined) return
    const long = 60_000
    await groups.beat('g', 'a', long, [])
    await groups.beat('g', 'b', long, [3])
    for (const partition of [0, 1, 2]) await groups.claim('g', 'a', partition) // the answer to the second is lost
    expect(await groups.beat('g', 'a', long, [0, 2])).toEqual({ members: ['a', 'b'], holders: new Map([[0, 'a'], [2, 'a'], [3, 'b']]) })
    expect(await groups.claim('g', 'b', 1)).toBe(true)
  },

  async 'buries the dead of a group, and what they held is free'(open) {
    let now = 0
    const { groups } = await open(() => now)
    if (groups === undefined) return
    await groups.beat('g', 'dead', 30, [1])
    await groups.beat('g', 'alive', 60_000, [])
    const end = performance.now() + 10_000
    for (; !(await groups.claim('g', 'alive', 1)) && performance.now() < end; now += 5);
    expect(await groups.beat('g', 'alive', 60_000, [1])).toEqual({ members: ['alive'], holders: new Map([[1, 'alive']]) })
  },
} satisfies Cases
