import { crc32 } from 'node:zlib'
import { ForageError } from '@forage/domain'
import type { LogRecord } from './event-log.ts'

/**
 * A block is what one partition got in one commit. Little-endian:
 * `u32 magic, u32 crc32 of all that follows, f64 offset of the first record, f64 time, u32 count`, then per record `u32 length` and its bytes.
 * All records of a block share its time: the moment it was closed for the commit.
 */
const MAGIC = 0x314b4c42 // "BLK1"
const HEADER = 28
const CRC_START = 8
const SMALLEST = 16 * 1024
/** A buffer that grew past this in a burst is given back. */
const LARGEST_KEPT = 1024 * 1024

/** Collects records back to back in one buffer that is used again after `reset`. */
export class BlockBuilder {
  #bytes = Buffer.allocUnsafeSlow(SMALLEST)
  #length = HEADER
  count = 0

  get length(): number {
    return this.#length
  }

  /** Copies the value, or its parts back to back. Returns the record's index in the block. */
  add(value: Uint8Array | readonly Uint8Array[], size: number): number {
    let at = this.#length
    if (at + 4 + size > this.#bytes.length) this.#grow(at + 4 + size)
    this.#bytes.writeUInt32LE(size, at)
    at += 4
    if (value instanceof Uint8Array) this.#bytes.set(value, at)
    else {
      for (const part of value) {
        this.#bytes.set(part, at)
        at += part.length
      }
    }
    this.#length += 4 + size
    return this.count++
  }

  /** The finished block: a view of this builder's buffer, valid until `reset`. */
  finish(base: number, time: number): Uint8Array {
    const bytes = this.#bytes.subarray(0, this.#length)
    bytes.writeUInt32LE(MAGIC, 0)
    bytes.writeDoubleLE(base, 8)
    bytes.writeDoubleLE(time, 16)
    bytes.writeUInt32LE(this.count, 24)
    bytes.writeUInt32LE(crc32(bytes.subarray(CRC_START)), 4)
    return bytes
  }

  reset(): void {
    if (this.#bytes.length > LARGEST_KEPT) this.#bytes = Buffer.allocUnsafeSlow(SMALLEST)
    this.#length = HEADER
    this.count = 0
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2))
    this.#bytes.copy(larger, 0, 0, this.#length)
    this.#bytes = larger
  }
}

export interface Block {
  readonly base: number
  readonly time: number
  readonly count: number
  readonly bytes: Uint8Array
}

/** Checks a stored block. @throws ForageError `corrupt_state` that names partition and offset */
export function openBlock(bytes: Uint8Array, partition: number, base: number): Block {
  const fail = (what: string): never => {
    throw new ForageError('corrupt_state', `partition ${partition} of the log is damaged at offset ${base}: ${what}`, { partition, offset: base })
  }
  if (bytes.length < HEADER) return fail('the block is cut off')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (view.getUint32(0, true) !== MAGIC) return fail('this is no block')
  if (view.getUint32(4, true) !== crc32(bytes.subarray(CRC_START))) return fail('its checksum does not fit')
  if (view.getFloat64(8, true) !== base) return fail(`it belongs to offset ${view.getFloat64(8, true)}`)
  return { base, time: view.getFloat64(16, true), count: view.getUint32(24, true), bytes }
}

/** What a read may still take; its first record always fits. */
export class ReadBudget {
  #records: number
  #bytes: number
  #first = true
  #spent = false

  constructor(maxRecords: number, maxBytes: number) {
    this.#records = maxRecords
    this.#bytes = maxBytes
    this.#spent = maxRecords <= 0
  }

  get spent(): boolean {
    return this.#spent
  }

  /** Takes one record of this length, or says no, which ends the read. */
  take(length: number): boolean {
    if (this.#spent) return false
    if (length > this.#bytes && !this.#first) {
      this.#spent = true
      return false
    }
    this.#first = false
    this.#bytes -= length
    this.#records -= 1
    this.#spent = this.#records === 0
    return true
  }
}

/** Adds a block's records from offset `from` on to `records`, as views of its bytes, while the budget lasts. */
export function readRecords({ base, time, count, bytes }: Block, partition: number, from: number, budget: ReadBudget, records: LogRecord[]): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let index = 0, at = HEADER; index < count; index++) {
    const length = view.getUint32(at, true)
    at += 4
    if (base + index >= from) {
      if (!budget.take(length)) return
      records.push({ partition, offset: base + index, time, value: new Uint8Array(bytes.buffer, bytes.byteOffset + at, length) })
    }
    at += length
  }
}
