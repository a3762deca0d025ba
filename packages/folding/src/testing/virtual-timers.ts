import type { Timers } from '../timers.ts'

/** Time that passes when the test says so. */
export class VirtualTimers implements Timers {
  #now = 0
  readonly #due = new Map<object, { readonly at: number; readonly action: () => void }>()

  now(): number {
    return this.#now
  }

  after(ms: number, action: () => void): () => void {
    const key = {}
    this.#due.set(key, { at: this.#now + ms, action })
    return () => this.#due.delete(key)
  }

  turn(): Promise<void> {
    return new Promise((resolve) => void setImmediate(resolve))
  }

  /** Lets `ms` pass, millisecond by millisecond; everything due happens in order, and what it sets off gets some turns of the event loop. */
  async pass(ms: number): Promise<void> {
    for (const end = this.#now + ms; this.#now < end; ) {
      this.#now += 1
      for (const [key, { at, action }] of this.#due) {
        if (at > this.#now) continue
        this.#due.delete(key)
        action()
      }
      await this.turn()
    }
  }
}

/** A process that can be stopped (SIGSTOP) and go on later: its timers and its calls of a store wait meanwhile, or its calls alone. */
export class Freezer {
  #thawed: Promise<void> = Promise.resolve()
  #answers: Promise<void> = Promise.resolve()
  #thaw: () => void = () => {}

  freeze(): void {
    this.#thawed = this.#answers = new Promise((resolve) => (this.#thaw = resolve))
  }

  freezeCalls(): void {
    this.#answers = new Promise((resolve) => (this.#thaw = resolve))
  }

  thaw(): void {
    this.#thaw()
  }

  timers(timers: Timers): Timers {
    return { now: () => timers.now(), turn: () => this.#thawed.then(() => timers.turn()), after: (ms, action) => timers.after(ms, () => void this.#thawed.then(action)) }
  }

  /** The same object, whose methods wait before they act, and again before they tell. `check` may throw when one is called. */
  slow<T extends object>(target: T, check: () => void = () => {}): T {
    return new Proxy(target, {
      get: (object, name) => {
        const value: unknown = Reflect.get(object, name)
        if (typeof value !== 'function') return value
        return async (...given: unknown[]) => {
          await this.#answers
          check()
          const answer: unknown = await (value as (...values: unknown[]) => unknown).apply(object, given)
          await this.#answers
          return answer
        }
      },
    })
  }
}
