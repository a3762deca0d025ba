import { ForageError } from '@forage/domain'
import type { Timers } from './timers.ts'

interface Waiter {
  readonly offset: number
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Those who wait until a record of a partition has been applied. */
export class Waiters {
  readonly #waiting = new Set<Waiter>()
  readonly #timers: Timers

  constructor(timers: Timers) {
    this.#timers = timers
  }

  /** @throws ForageError `timeout` */
  wait(partition: number, offset: number, timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void) => {
        cancel()
        this.#waiting.delete(waiter)
        settle()
      }
      const waiter = { offset, resolve: () => finish(resolve), reject: (error: unknown) => finish(() => reject(error as Error)) }
      const cancel = this.#timers.after(timeoutMs, () =>
        waiter.reject(new ForageError('timeout', `record ${partition}:${offset} was not applied within ${timeoutMs} ms`, { partition, offset, timeoutMs })),
      )
      this.#waiting.add(waiter)
    })
  }

  /** Every record before `next` has been applied. */
  reached(next: number): void {
    for (const waiter of this.#waiting) if (waiter.offset < next) waiter.resolve()
  }

  fail(error: unknown): void {
    for (const waiter of this.#waiting) waiter.reject(error)
  }
}
