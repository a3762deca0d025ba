import type { CacheStore } from '../store.ts'
import { keyOf, type LmdbTable } from './lmdb-table.ts'

/** Every so many writes, up to that many entries are looked at and the expired ones removed. */
const SWEEP_EVERY = 500
const SWEEP_MOST = 2000

/** Value: `f64 time of expiry, bytes`. */
export class LmdbCache implements CacheStore {
  readonly #values: LmdbTable
  readonly #now: () => number
  #writes = 0
  #sweptTo: Buffer = Buffer.alloc(0)

  constructor(values: LmdbTable, now: () => number) {
    this.#values = values
    this.#now = now
  }

  async get(key: string): Promise<Uint8Array | null> {
    const value = this.#values.read(() => this.#values.get(keyOf(key)))
    return value === undefined || this.#expired(value) ? null : value.slice(8)
  }

  async set(key: string, value: Uint8Array, ttlMs: number): Promise<void> {
    const bytes = Buffer.allocUnsafeSlow(8 + value.length)
    bytes.writeDoubleLE(this.#now() + ttlMs)
    bytes.set(value, 8)
    await this.#values.transaction(() => {
      this.#values.put(keyOf(key), bytes)
      if (++this.#writes % SWEEP_EVERY === 0) this.#sweep()
    })
  }

  async delete(key: string): Promise<void> {
    await this.#values.transaction(() => this.#values.delete(keyOf(key)))
  }

  #sweep(): void {
    const entries = [...this.#values.from(this.#sweptTo, SWEEP_MOST)]
    for (const [key, value] of entries) if (this.#expired(value)) this.#values.delete(key)
    this.#sweptTo = entries.length < SWEEP_MOST ? Buffer.alloc(0) : entries.at(-1)![0]
  }

  #expired(value: Uint8Array): boolean {
    return new DataView(value.buffer, value.byteOffset).getFloat64(0, true) <= this.#now()
  }
}
