import { ForageError } from '@forage/domain'
import { checkFence } from '../fencing.ts'
import type { Checkpoint, CheckpointStore, CheckpointWrite } from '../store.ts'
import { keyOf, type LmdbTable } from './lmdb-table.ts'

interface Head {
  /** The newest owner. */
  readonly epoch: number
  /** −1 before the first save. */
  readonly offset: number
  readonly replayFrom: number
  readonly savedBy: number
}

const NEVER: Head = { epoch: 0, offset: -1, replayFrom: 0, savedBy: 0 }

export class LmdbCheckpoints implements CheckpointStore {
  readonly #heads: LmdbTable
  /** Value: `u16 length of the name, name, bytes`; names can be too long for a key. */
  readonly #fields: LmdbTable
  readonly #entries: LmdbTable

  constructor(heads: LmdbTable, fields: LmdbTable, entries: LmdbTable) {
    this.#heads = heads
    this.#fields = fields
    this.#entries = entries
  }

  acquire(fold: string, partition: number): Promise<number> {
    return this.#heads.transaction(() => {
      const head = this.#head(fold, partition)
      this.#heads.put(keyOf(fold, partition), encode({ ...head, epoch: head.epoch + 1 }))
      return head.epoch + 1
    })
  }

  async load(fold: string, partition: number): Promise<Checkpoint | null> {
    return this.#heads.read(() => {
      const { offset, replayFrom, savedBy } = this.#head(fold, partition)
      if (offset < 0) return null
      const fields = new Map<string, Uint8Array>()
      for (const [, value] of this.#fields.under(keyOf(fold, partition))) fields.set(...splitName(value))
      return { offset, replayFrom, epoch: savedBy, fields }
    })
  }

  save(fold: string, partition: number, write: CheckpointWrite): Promise<void> {
    return this.#heads.transaction(() => {
      const head = this.#head(fold, partition)
      checkFence(fold, partition, head, write)
      for (const [name, bytes] of write.fields) {
        if (bytes === null) this.#fields.delete(keyOf(fold, partition, name))
        else this.#fields.put(keyOf(fold, partition, name), joinName(name, bytes))
      }
      for (const [key, bytes] of write.entries) {
        if (bytes === null) this.#entries.delete(keyOf(fold, partition, key))
        else this.#entries.put(keyOf(fold, partition, key), bytes)
      }
      this.#heads.put(keyOf(fold, partition), encode({ epoch: head.epoch, offset: write.offset, replayFrom: write.replayFrom, savedBy: write.epoch }))
    })
  }

  async entries(fold: string, partition: number, keys: readonly string[]): Promise<Map<string, Uint8Array>> {
    return this.#entries.read(() => {
      const found = new Map<string, Uint8Array>()
      for (const key of keys) {
        const bytes = this.#entries.get(keyOf(fold, partition, key))
        if (bytes !== undefined) found.set(key, bytes)
      }
      return found
    })
  }

  discard(fold: string, partition: number, epoch: number): Promise<void> {
    return this.#heads.transaction(() => {
      const head = this.#head(fold, partition)
      checkFence(fold, partition, { ...head, offset: -1 }, { epoch, offset: 0, replayFrom: 0, fields: new Map(), entries: new Map() })
      for (const table of [this.#fields, this.#entries]) {
        const keys = Array.from(table.under(keyOf(fold, partition)), ([key]) => key) // nothing is deleted under a cursor
        for (const key of keys) table.delete(key)
      }
      this.#heads.put(keyOf(fold, partition), encode({ ...NEVER, epoch: head.epoch }))
    })
  }

  #head(fold: string, partition: number): Head {
    const bytes = this.#heads.get(keyOf(fold, partition))
    if (bytes === undefined) return NEVER
    try {
      return JSON.parse(Buffer.from(bytes).toString()) as Head
    } catch (cause) {
      throw new ForageError('corrupt_state', `the checkpoint of ${fold}, partition ${partition}, cannot be read`, { fold, partition }, { cause })
    }
  }
}

function encode(value: Head): Buffer {
  return Buffer.from(JSON.stringify(value))
}

function joinName(name: string, bytes: Uint8Array): Buffer {
  const text = Buffer.from(name)
  const head = Buffer.allocUnsafe(2)
  head.writeUInt16LE(text.length)
  return Buffer.concat([head, text, bytes])
}

function splitName(value: Uint8Array): [name: string, bytes: Uint8Array] {
  const length = value[0]! | (value[1]! << 8)
  return [Buffer.from(value.buffer, value.byteOffset + 2, length).toString(), value.slice(2 + length)]
}
