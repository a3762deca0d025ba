import type { LogRecord } from '@forage/event-log'
import type { DocumentStore } from '@forage/store'

/** Document kind of records no fold could read; the id is `fold:partition:offset`. */
export const DEAD_LETTER = 'dead-letter'

export interface DeadLetter {
  readonly fold: string
  readonly partition: number
  readonly offset: number
  readonly time: number
  readonly reason: string
  /** Base64 of the first 64 KiB. */
  readonly payload: string
  readonly payloadBytes: number
}

const MOST_PAYLOAD = 64 * 1024
/** Kept per partition and process; what comes after is counted only. */
const MOST_KEPT = 1000
/** Written together, so that a store can share one transaction among them. */
const AT_ONCE = 50

/** Unreadable records of one partition: counted, kept until they are stored. Storing one twice changes nothing. */
export class DeadLetters {
  readonly #fold: string
  #waiting: DeadLetter[] = []
  #count = 0

  constructor(fold: string) {
    this.#fold = fold
  }

  get count(): number {
    return this.#count
  }

  get empty(): boolean {
    return this.#waiting.length === 0
  }

  add({ partition, offset, time, value }: LogRecord, reason: string): void {
    this.#count += 1
    if (this.#count > MOST_KEPT) return
    const payload = Buffer.from(value.buffer, value.byteOffset, Math.min(value.length, MOST_PAYLOAD)).toString('base64')
    this.#waiting.push({ fold: this.#fold, partition, offset, time, reason, payload, payloadBytes: value.length })
  }

  async store(documents: DocumentStore): Promise<void> {
    while (this.#waiting.length > 0) {
      const letters = this.#waiting.slice(0, AT_ONCE)
      await Promise.all(letters.map((letter) => documents.put(DEAD_LETTER, `${letter.fold}:${letter.partition}:${letter.offset}`, letter)))
      this.#waiting = this.#waiting.slice(letters.length)
    }
  }
}
