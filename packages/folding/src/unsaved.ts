import type { CheckpointWrite } from '@forage/store'
import type { ShardChanges } from './fold.ts'

/**
 * What a shard has handed over and the store has not confirmed. A shard's changes are collected once, so they live here until a save
 * succeeded, whatever happens in between; and they cover what is still in the store.
 */
export class Unsaved {
  #fields = new Map<string, Uint8Array | null>()
  #entries = new Map<string, Uint8Array | null>()

  get empty(): boolean {
    return this.#fields.size === 0 && this.#entries.size === 0
  }

  add({ fields, entries }: ShardChanges): void {
    for (const [name, bytes] of fields) this.#fields.set(name, bytes)
    for (const [key, bytes] of entries) this.#entries.set(key, bytes)
  }

  /** What to save now. Only one save may be under way; `add` waits until it was confirmed or failed. */
  write(epoch: number, offset: number, replayFrom: number): CheckpointWrite {
    return { epoch, offset, replayFrom, fields: this.#fields, entries: this.#entries }
  }

  confirmed(): void {
    this.#fields = new Map()
    this.#entries = new Map()
  }

  /** The newest value handed over; `undefined` when the store has it. */
  entry(key: string): Uint8Array | null | undefined {
    return this.#entries.get(key)
  }
}
