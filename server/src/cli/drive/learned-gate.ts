import type { ForageClient } from '@forage/client'
import { ForageError } from '@forage/domain'

/** Tries of 10 s each. */
const PATIENCE = 12

/** Remembers how far the log was written, and waits until all of that is in the serving snapshot. */
export class LearnedGate {
  readonly #client: ForageClient
  readonly #furthest = new Map<number, number>()
  /** A repeated feedback may come back without its position: then the log's end stands for it. */
  #unknown = false

  constructor(client: ForageClient) {
    this.#client = client
  }

  note(position: string | undefined): void {
    if (position === undefined) {
      this.#unknown = true
      return
    }
    const [partition, offset] = position.split(':').map(Number) as [number, number]
    this.#furthest.set(partition, Math.max(offset, this.#furthest.get(partition) ?? -1))
  }

  /** @throws ForageError `timeout` when the server does not learn; ends early when aborted */
  async wait(signal?: AbortSignal): Promise<void> {
    if (this.#unknown) {
      for (const { partition, end } of (await this.#client.learning()).partitions) if (end > 0) this.note(`${partition}:${end - 1}`)
      this.#unknown = false
    }
    for (const [partition, offset] of this.#furthest) {
      await this.#waitFor(`${partition}:${offset}`, signal)
      this.#furthest.delete(partition)
    }
  }

  async #waitFor(position: string, signal?: AbortSignal): Promise<void> {
    for (let attempt = 0; attempt < PATIENCE; attempt++) {
      if (signal?.aborted === true) return
      const { learned } = await this.#client.waitLearned(position)
      if (learned) return
    }
    throw new ForageError('timeout', `the server has not learned the record ${position} within ${PATIENCE * 10} s`, { position })
  }
}
