import { ForageError } from '@forage/domain'

const TEXT_AT_ONCE = 64

/** Writes values one after the other: integers and lengths short, floats with all their bits. Its memory is used again after `start`. */
export class ByteWriter {
  #bytes = Buffer.allocUnsafeSlow(4096)
  #at = 0

  start(): void {
    this.#at = 0
  }

  /** What was written, in new memory, behind `reserved` bytes that the caller fills. */
  finish(reserved: number): Buffer {
    const copy = Buffer.allocUnsafe(reserved + this.#at) // small ones share a slab: millions of these are made
    copy.set(this.#bytes.subarray(0, this.#at), reserved)
    return copy
  }

  /** An integer from 0 to 2⁵³ − 1, 7 bits a byte. */
  count(value: number): void {
    this.#room(8)
    let left = value
    for (; left >= 0x8000_0000; left = Math.floor(left / 128)) this.#bytes[this.#at++] = (left % 128) | 128
    for (; left >= 128; left >>>= 7) this.#bytes[this.#at++] = (left & 127) | 128
    this.#bytes[this.#at++] = left
  }

  /** Integers below 2³⁰ of either sign, their number first, in one go. */
  vector(values: readonly number[]): void {
    this.count(values.length)
    this.#room(8 * values.length)
    const bytes = this.#bytes
    let at = this.#at
    for (let place = 0; place < values.length; place++) {
      const value = values[place]!
      let left = value < 0 ? -2 * value - 1 : 2 * value
      for (; left >= 128; left >>>= 7) bytes[at++] = (left & 127) | 128
      bytes[at++] = left
    }
    this.#at = at
  }

  float(value: number): void {
    this.#room(8)
    this.#at = this.#bytes.writeDoubleLE(value, this.#at)
  }

  /** UTF-8, its length first. */
  text(value: string): void {
    const { length } = value
    if (length < TEXT_AT_ONCE) {
      this.#room(length + 8)
      const start = this.#at
      this.#bytes[this.#at++] = length
      let index = 0
      for (; index < length; index++) {
        const code = value.charCodeAt(index)
        if (code > 127) break
        this.#bytes[this.#at++] = code
      }
      if (index === length) return
      this.#at = start
    }
    const encoded = Buffer.from(value)
    this.count(encoded.length)
    this.#room(encoded.length)
    this.#bytes.set(encoded, this.#at)
    this.#at += encoded.length
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return
    const larger = Buffer.allocUnsafeSlow(2 * (this.#at + bytes))
    larger.set(this.#bytes)
    this.#bytes = larger
  }
}

/** Reads what a `ByteWriter` wrote. @throws ForageError `corrupt_state` past the end */
export class ByteReader {
  readonly #bytes: Buffer
  #at: number

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#at = at
  }

  count(): number {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#bytes[this.#next(1)]!
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
  }

  signed(): number {
    const value = this.count()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  float(): number {
    return this.#bytes.readDoubleLE(this.#next(8))
  }

  text(): string {
    const length = this.count()
    const start = this.#next(length)
    return this.#bytes.toString('utf8', start, start + length)
  }

  #next(bytes: number): number {
    const at = this.#at
    this.#at += bytes
    if (this.#at > this.#bytes.length) throw new ForageError('corrupt_state', 'saved bytes end too soon')
    return at
  }
}
