import type { CacheStore } from '../store.ts'

/** Entries kept at most; the oldest written go first. */
const MOST_ENTRIES = 100_000

export class MemoryCache implements CacheStore {
  readonly #guard: () => void
  readonly #now: () => number
  readonly #values = new Map<string, { readonly bytes: Uint8Array; readonly expires: number }>()

  constructor(guard: () => void, now: () => number) {
    this.#guard = guard
    this.#now = now
  }

  async get(key: string): Promise<Uint8Array | null> {
    this.#guard()
    const found = this.#values.get(key)
    if (found === undefined) return null
    if (found.expires > this.#now()) return found.bytes.slice()
    this.#values.delete(key)
    return null
  }

  async set(key: string, value: Uint8Array, ttlMs: number): Promise<void> {
    this.#guard()
    this.#values.delete(key) // a rewritten key counts as new
    this.#values.set(key, { bytes: new Uint8Array(value), expires: this.#now() + ttlMs })
    if (this.#values.size > MOST_ENTRIES) this.#values.delete(this.#values.keys().next().value!)
  }

  async delete(key: string): Promise<void> {
    this.#guard()
    this.#values.delete(key)
  }
}
