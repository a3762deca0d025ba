import { createHash } from 'node:crypto'
import { ForageError } from '@forage/domain'
import type { Database, RootDatabase } from 'lmdb'

/** LMDB takes keys of 1978 bytes; a longer part of a key is stored as its hash. */
const LONGEST_PART = 400

/** One table of an LMDB file with keys of our own making, and errors of our own register. */
export class LmdbTable {
  readonly #env: RootDatabase
  readonly #db: Database<Buffer, Buffer>
  readonly #guard: () => void

  constructor(env: RootDatabase, name: string, guard: () => void) {
    this.#env = env
    this.#guard = guard
    this.#db = env.openDB<Buffer, Buffer>({ name, encoding: 'binary', keyEncoding: 'binary' })
  }

  /** Runs reads that see every commit made so far, by any process. @throws ForageError `store_unavailable` */
  read<T>(action: () => T): T {
    this.#guard()
    try {
      this.#env.resetReadTxn()
      return action()
    } catch (error) {
      throw asOurs(error)
    }
  }

  /**
   * Runs `action` as one transaction over all tables of the file; resolves when it is durable. It must throw before it writes, or not at all:
   * what was written stays.
   */
  async transaction<T>(action: () => T): Promise<T> {
    this.#guard()
    try {
      return await this.#env.transaction(action)
    } catch (error) {
      const { commitError } = error as { commitError?: Promise<unknown> }
      throw asOurs((await commitError?.catch((cause: unknown) => cause)) ?? error)
    }
  }

  get(key: Buffer): Uint8Array | undefined {
    const bytes = this.#db.getBinary(key)
    return bytes === undefined ? undefined : new Uint8Array(bytes)
  }

  /** Only within a transaction. */
  put(key: Buffer, value: Uint8Array): void {
    this.#db.putSync(key, value as Buffer)
  }

  /** Only within a transaction. */
  delete(key: Buffer): void {
    this.#db.removeSync(key)
  }

  /** Entries whose key begins with `prefix`, in key order. */
  *under(prefix: Buffer): Generator<[key: Buffer, value: Uint8Array]> {
    for (const { key, value } of this.#db.getRange({ start: prefix })) {
      if (!key.subarray(0, prefix.length).equals(prefix)) return
      yield [key, new Uint8Array(value)]
    }
  }

  /** Up to `most` entries from `start` on, in key order. */
  *from(start: Buffer, most: number): Generator<[key: Buffer, value: Uint8Array]> {
    const range = this.#db.getRange(start.length === 0 ? { limit: most } : { start, limit: most })
    for (const { key, value } of range) yield [key, new Uint8Array(value)]
  }
}

function asOurs(error: unknown): ForageError {
  if (error instanceof ForageError) return error
  return new ForageError('store_unavailable', `the store failed: ${error instanceof Error ? error.message : String(error)}`, {}, { cause: error })
}

/** A key of parts: texts with their length in front, so that no part can run into the next; numbers as 32 bits. */
export function keyOf(...parts: readonly (string | number)[]): Buffer {
  return Buffer.concat(parts.map((part) => (typeof part === 'number' ? numberPart(part) : textPart(part))))
}

function numberPart(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeUInt32BE(value)
  return bytes
}

function textPart(text: string): Buffer {
  const bytes = Buffer.from(text)
  const long = bytes.length > LONGEST_PART
  const content = long ? createHash('sha256').update(bytes).digest() : bytes
  const head = Buffer.allocUnsafe(2)
  head.writeUInt16BE(long ? 0xffff : bytes.length)
  return Buffer.concat([head, content])
}
