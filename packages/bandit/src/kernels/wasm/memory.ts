import { Arena } from './arena.ts'

const mebibyte = 2 ** 20
/** Below the scratch lies whatever the module keeps for itself. */
const scratchFrom = 65_536
const scratchTo = 32 * mebibyte
export const memoryBytes = 128 * mebibyte

/** Bytes of scratch one call may use for copies and work. */
export const scratchBytes = scratchTo - scratchFrom

/** Up to here a copy is cheaper than finding out that none is needed. */
const smallBytes = 128

/**
 * The module's memory seen from JavaScript: scratch, emptied by `begin` at the start of a call, and an arena of long-lived arrays
 * that need no copy. Inputs are placed with `read…`, results with `room…`, and results outside the arena come back with `copyOut…`.
 */
export class KernelMemory {
  readonly #buffer: ArrayBuffer
  readonly #f64: Float64Array
  readonly #f32: Float32Array
  readonly #u8: Uint8Array
  readonly #arena = new Arena(scratchTo, memoryBytes)
  readonly #lost = new FinalizationRegistry<number>((from) => this.#arena.giveBack(from))
  #next = scratchFrom

  constructor(buffer: ArrayBuffer) {
    this.#buffer = buffer
    this.#f64 = new Float64Array(buffer)
    this.#f32 = new Float32Array(buffer)
    this.#u8 = new Uint8Array(buffer)
  }

  begin(): void {
    this.#next = scratchFrom
  }

  /** `bytes` of scratch, 16-byte aligned, not cleared. */
  work(bytes: number): number {
    const at = this.#next
    this.#next = (at + bytes + 15) & ~15
    return at
  }

  /** The offset is asked first: it is nearly free, while `.buffer` costs a call and moves small arrays out of the JavaScript heap. */
  holds(array: Float64Array | Float32Array): boolean {
    return array.byteOffset >= scratchTo && array.buffer === this.#buffer
  }

  /** Entries `start … start + length`. */
  read(array: Float64Array, length: number, start = 0): number {
    if (this.holds(array)) return array.byteOffset + 8 * start
    const at = this.work(length * 8)
    const from = at >> 3
    if (length <= 64) for (let k = 0; k < length; k++) this.#f64[from + k] = array[start + k]!
    else this.#f64.set(array.length === length ? array : array.subarray(start, start + length), from)
    return at
  }

  readFloat32(array: Float32Array, length: number): number {
    if (this.holds(array)) return array.byteOffset
    const at = this.work(length * 4)
    this.#f32.set(array.length === length ? array : array.subarray(0, length), at >> 2)
    return at
  }

  readBytes(array: Uint8Array, length: number): number {
    const at = this.work(length)
    for (let k = 0; k < length; k++) this.#u8[at + k] = array[k]!
    return at
  }

  room(array: Float64Array, length: number): number {
    return this.holds(array) ? array.byteOffset : this.work(length * 8)
  }

  roomFloat32(array: Float32Array, length: number): number {
    return this.holds(array) ? array.byteOffset : this.work(length * 4)
  }

  copyOut(at: number, array: Float64Array, length: number): void {
    if (at >= scratchTo) return
    const from = at >> 3
    if (length <= 32) for (let k = 0; k < length; k++) array[k] = this.#f64[from + k]!
    else array.set(this.#f64.subarray(from, from + length))
  }

  copyOutFloat32(at: number, array: Float32Array, length: number): void {
    if (at < scratchTo) array.set(this.#f32.subarray(at >> 2, (at >> 2) + length))
  }

  allocate(length: number): Float64Array {
    const from = length * 8 > smallBytes ? this.#arena.take(length * 8) : null
    return from === null ? new Float64Array(length) : this.#watch(new Float64Array(this.#buffer, from, length).fill(0))
  }

  allocateFloat32(length: number): Float32Array {
    const from = length * 4 > smallBytes ? this.#arena.take(length * 4) : null
    return from === null ? new Float32Array(length) : this.#watch(new Float32Array(this.#buffer, from, length).fill(0))
  }

  free(array: Float64Array | Float32Array): void {
    if (this.holds(array) && this.#lost.unregister(array)) this.#arena.giveBack(array.byteOffset)
  }

  #watch<A extends Float64Array | Float32Array>(array: A): A {
    this.#lost.register(array, array.byteOffset, array)
    return array
  }
}
