import { mkdirSync } from 'node:fs'
import { ForageError } from '@forage/domain'
import { open, type Database, type RootDatabase } from 'lmdb'
import type { Spool, SpooledRecord } from '../spool.ts'
import { durably } from './lmdb-durably.ts'
import { blockKey, parseBlockKey } from './lmdb-layout.ts'
import { lockForWriting } from './lmdb-writer-lock.ts'

export interface SpoolOptions {
  /** A folder; made when it is missing. */
  readonly path: string
  /** Records are refused while more than this waits (default 64 MiB). */
  readonly maxBytes?: number
  /** Milliseconds since the epoch. */
  readonly now?: () => number
}

/**
 * A spool in one LMDB folder, for one process at a time. Whatever arrives while a commit is under way shares the next one.
 * @throws ForageError `log_unavailable` (cannot be opened, or another process has it)
 */
export function openSpool(options: SpoolOptions): Spool {
  const { path } = options
  let env: RootDatabase | null = null
  try {
    mkdirSync(path, { recursive: true })
    // overlappingSync, eventTurnBatching: as in the log, a commit resolves on disk and a full disk does not end the process
    env = open({ path, noSubdir: false, overlappingSync: false, eventTurnBatching: false, maxDbs: 2, encoding: 'binary' })
    return new LmdbSpool(env, options)
  } catch (cause) {
    void env?.close()
    if (cause instanceof ForageError) throw cause
    throw new ForageError('log_unavailable', `the spool ${path} cannot be opened: ${cause instanceof Error ? cause.message : String(cause)}`, { path }, { cause })
  }
}

/** A record on disk is the time it came, then its bytes. */
const HEAD = 8
/** What a record costs besides its bytes, roughly. */
const OVERHEAD = 64

interface Put {
  readonly partition: number
  readonly sequence: number
  readonly bytes: Buffer
  readonly resolve: () => void
  readonly reject: (error: ForageError) => void
}

interface Removal {
  readonly partition: number
  readonly keys: readonly Buffer[]
  readonly resolve: (bytes: number) => void
  readonly reject: (error: ForageError) => void
}

class LmdbSpool implements Spool {
  readonly #env: RootDatabase
  readonly #records: Database<Buffer, Buffer>
  readonly #unlock: () => Promise<void>
  readonly #maxBytes: number
  readonly #now: () => number
  readonly #waiting = new Map<number, number>()
  #bytes = 0
  #next = 0
  #puts: Put[] = []
  #removals: Removal[] = []
  #writing: Promise<void> | null = null
  #closing: Promise<void> | null = null

  constructor(env: RootDatabase, { path, maxBytes = 64 << 20, now = Date.now }: SpoolOptions) {
    const meta = env.openDB<Buffer, string>({ name: 'meta', encoding: 'binary' })
    this.#env = env
    this.#records = env.openDB<Buffer, Buffer>({ name: 'records', encoding: 'binary', keyEncoding: 'binary' })
    this.#maxBytes = maxBytes
    this.#now = now
    this.#unlock = lockForWriting(env, meta as Database, path)
    for (const { key, value } of this.#records.getRange({})) {
      this.#count(key.readUInt32BE(0), 1, value.length - HEAD + OVERHEAD)
      this.#next = Math.max(this.#next, parseBlockKey(key) + 1)
    }
  }

  get records(): number {
    let sum = 0
    for (const count of this.#waiting.values()) sum += count
    return sum
  }

  get bytes(): number {
    return this.#bytes
  }

  get partitions(): readonly number[] {
    return [...this.#waiting.keys()]
  }

  waiting(partition: number): number {
    return this.#waiting.get(partition) ?? 0
  }

  oldest(): number | null {
    let oldest: number | null = null
    for (const partition of this.#waiting.keys()) {
      for (const { value } of this.#rangeOf(partition, 1)) oldest = Math.min(oldest ?? Infinity, Buffer.from(value).readDoubleLE(0))
    }
    return oldest
  }

  put(partition: number, value: Uint8Array): Promise<void> {
    const size = value.length + OVERHEAD
    if (this.#closing !== null) return Promise.reject(closed())
    if (this.#bytes + size > this.#maxBytes) return Promise.reject(new ForageError('log_unavailable', 'the spool is full', { maxBytes: this.#maxBytes }))
    const bytes = Buffer.allocUnsafeSlow(HEAD + value.length)
    bytes.writeDoubleLE(this.#now(), 0)
    bytes.set(value, HEAD)
    this.#count(partition, 1, size)
    return new Promise((resolve, reject) => {
      this.#puts.push({ partition, sequence: this.#next++, bytes, resolve, reject })
      this.#schedule()
    })
  }

  peek(partition: number, { maxRecords, maxBytes }: { maxRecords: number; maxBytes: number }): SpooledRecord[] {
    if (this.#closing !== null) throw closed()
    const found: SpooledRecord[] = []
    let bytes = 0
    for (const { key, value } of this.#rangeOf(partition, maxRecords)) {
      bytes += value.length
      if (found.length > 0 && bytes > maxBytes) break
      found.push({ sequence: parseBlockKey(key), value: new Uint8Array(value.subarray(HEAD)) })
    }
    return found
  }

  async remove(partition: number, sequence: number): Promise<void> {
    if (this.#closing !== null) throw closed()
    const keys: Buffer[] = []
    for (const key of this.#records.getKeys({ start: blockKey(partition, 0), end: blockKey(partition, sequence + 1) })) keys.push(Buffer.from(key))
    const bytes = await new Promise<number>((resolve, reject) => {
      this.#removals.push({ partition, keys, resolve, reject })
      this.#schedule()
    })
    this.#count(partition, -keys.length, -bytes)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    while (this.#writing !== null) await this.#writing
    await this.#unlock()
    await this.#env.close()
  }

  #rangeOf(partition: number, limit: number): Iterable<{ key: Buffer; value: Buffer }> {
    return this.#records.getRange({ start: blockKey(partition, 0), end: blockKey(partition, Infinity), limit })
  }

  #count(partition: number, records: number, bytes: number): void {
    const left = this.waiting(partition) + records
    if (left > 0) this.#waiting.set(partition, left)
    else this.#waiting.delete(partition)
    this.#bytes = Math.max(0, this.#bytes + bytes)
  }

  #schedule(): void {
    this.#writing ??= new Promise<void>((resolve) => void setImmediate(resolve)).then(() => this.#write()) // what else arrives in this turn comes along
  }

  async #write(): Promise<void> {
    while (this.#puts.length > 0 || this.#removals.length > 0) {
      const [puts, removals] = [this.#puts, this.#removals]
      this.#puts = []
      this.#removals = []
      try {
        const freed: number[] = []
        await durably(this.#env, () => {
          for (const { partition, sequence, bytes } of puts) void this.#records.put(blockKey(partition, sequence), bytes)
          for (const { keys } of removals) {
            let sum = 0
            for (const key of keys) {
              sum += (this.#records.getBinary(key)?.length ?? HEAD) - HEAD + OVERHEAD
              void this.#records.remove(key)
            }
            freed.push(sum)
          }
        })
        for (const { resolve } of puts) resolve()
        for (const [index, { resolve }] of removals.entries()) resolve(freed[index]!)
      } catch (cause) {
        const error = new ForageError('log_unavailable', 'the spool cannot be written', {}, { cause })
        for (const { partition, bytes, reject } of puts) {
          this.#count(partition, -1, -(bytes.length - HEAD + OVERHEAD)) // whether it is there, the next start will see
          reject(error)
        }
        for (const { reject } of removals) reject(error)
      }
    }
    this.#writing = null
  }
}

function closed(): ForageError {
  return new ForageError('log_unavailable', 'the spool is closed')
}
