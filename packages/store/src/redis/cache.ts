import type { CacheStore } from '../store.ts'
import { type RedisClient, bytesOf } from './client.ts'
import type { RedisKeys } from './keys.ts'

/** Redis counts the time to live. */
export class RedisCache implements CacheStore {
  readonly #client: RedisClient
  readonly #keys: RedisKeys

  constructor(client: RedisClient, keys: RedisKeys) {
    this.#client = client
    this.#keys = keys
  }

  async get(key: string): Promise<Uint8Array | null> {
    const value = await this.#client.call('GET', this.#keys.cache(key))
    return Buffer.isBuffer(value) ? bytesOf(value) : null
  }

  async set(key: string, value: Uint8Array, ttlMs: number): Promise<void> {
    if (ttlMs < 1) await this.delete(key)
    else await this.#client.call('SET', this.#keys.cache(key), value, 'PX', Math.floor(ttlMs))
  }

  async delete(key: string): Promise<void> {
    await this.#client.call('DEL', this.#keys.cache(key))
  }
}
