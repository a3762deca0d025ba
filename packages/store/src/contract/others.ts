import { expect } from 'vitest'
import { bytes, clock, type Cases } from './common.ts'

/** Cache and end. */
export const otherCases = {
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
} satisfies Cases
