import type { Timers } from './timers.ts'

/**
 * Gives the event loop its turn: whoever folds asks `over` now and then, and awaits `next` when the slice has been used up. One object is
 * shared by all partitions of a process, so that they use one slice together.
 */
export class Slices {
  readonly #timers: Timers
  readonly #sliceMs: number
  #since = -Infinity
  #turn: Promise<void> | null = null

  constructor(timers: Timers, sliceMs: number) {
    this.#timers = timers
    this.#sliceMs = sliceMs
  }

  /** After the process had been idle. */
  begin(): void {
    this.#since = this.#timers.now()
  }

  get over(): boolean {
    return this.#timers.now() - this.#since > this.#sliceMs
  }

  next(): Promise<void> {
    this.#turn ??= this.#pass()
    return this.#turn
  }

  async #pass(): Promise<void> {
    await this.#timers.turn()
    this.#turn = null
    this.begin()
  }
}
