import { ForageError } from '@forage/domain'
import type { EventLog } from '@forage/event-log'
import type { Fold, Shard } from '@forage/folding'

const BATCH = 2000

/**
 * A fold of one partition from the first record of the log, without a store: what it would have put there is kept in memory. Only
 * goes forward.
 */
export class OfflineFold<S extends Shard> {
  readonly shard: S
  readonly #log: EventLog
  readonly #partition: number
  readonly #entries = new Map<string, Uint8Array>()
  #next = 0
  #records = 0

  constructor(log: EventLog, fold: Fold<S>, partition: number) {
    this.#log = log
    this.#partition = partition
    this.shard = fold.shard(partition)
  }

  /** Offset of the next record to apply. */
  get next(): number {
    return this.#next
  }

  get records(): number {
    return this.#records
  }

  /** Applies every record before `offset`. @throws ForageError `log_unavailable` when the log has lost records that are asked for */
  async advance(offset: number): Promise<void> {
    if (this.#next === 0 && offset > 0) await this.#checkStart()
    while (this.#next < offset) {
      const records = await this.#log.read(this.#partition, this.#next, { maxRecords: Math.min(BATCH, offset - this.#next) })
      if (records.length === 0 && (await this.#log.end(this.#partition)) >= offset) this.#next = offset // only a gap is left
      else if (records.length === 0)
        throw new ForageError('log_unavailable', `partition ${this.#partition} of the log ends at ${this.#next}, but ${offset} is asked for`, { offset })
      if (records.length === 0) return
      this.#provide(this.shard.wants?.(records) ?? [])
      for (const record of records) this.#apply(record)
      for (const [key, value] of this.shard.changes().entries) {
        if (value === null) this.#entries.delete(key)
        else this.#entries.set(key, value)
      }
      this.#next = records.at(-1)!.offset + 1
      this.#records += records.length
    }
  }

  #apply(record: Parameters<S['apply']>[0]): void {
    try {
      this.shard.apply(record, false)
    } catch (error) {
      if (!(error instanceof ForageError) || error.code !== 'unreadable_record') throw error // that one goes to the dead letters
    }
  }

  #provide(keys: readonly string[]): void {
    if (keys.length === 0) return
    const found = keys.flatMap((key): [string, Uint8Array][] => (this.#entries.has(key) ? [[key, this.#entries.get(key)!]] : []))
    this.shard.provide?.(new Map(found))
  }

  async #checkStart(): Promise<void> {
    const start = await this.#log.start(this.#partition)
    if (start > 0) throw new ForageError('log_unavailable', `the log no longer holds the records before ${start} of partition ${this.#partition}`, { start })
  }
}
