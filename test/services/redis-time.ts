import type { CacheStore } from '@forage/store'

/** A test's millisecond is this many of Redis's, so that what passes between two commands does not matter. */
const STRETCH = 10_000

/** Redis counts time to live by its own clock: when the test's clock moves, the values are written again with what is left. */
export function timeTravel(cache: CacheStore, now: () => number): CacheStore {
  const expires = new Map<string, number>()
  return {
    async get(key) {
      const value = await cache.get(key)
      if (value !== null) await cache.set(key, value, ((expires.get(key) ?? 0) - now()) * STRETCH)
      return cache.get(key)
    },
    async set(key, value, ttlMs) {
      expires.set(key, now() + ttlMs)
      await cache.set(key, value, ttlMs * STRETCH)
    },
    delete: (key) => cache.delete(key),
  }
}
