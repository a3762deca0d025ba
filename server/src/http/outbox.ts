/**
 * Holds finished answers back until the event loop's turn is over, then sends them one after the other. Each answer that finds its client
 * asleep wakes it, which costs more than the answer itself; sent together, the first one wakes it for all. Nothing waits longer than the
 * requests that had already arrived take.
 */
export class Outbox {
  #waiting: (() => void)[] = []
  #sending: (() => void)[] = []
  readonly #flush = () => {
    const batch = this.#waiting
    this.#waiting = this.#sending
    this.#sending = batch
    for (const send of batch) send()
    batch.length = 0
  }

  /** `send` must not throw. */
  add(send: () => void): void {
    if (this.#waiting.push(send) === 1) setImmediate(this.#flush)
  }
}
