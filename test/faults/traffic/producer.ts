import { encodeRecord, ForageError } from '@forage/domain'
import type { EventLog } from '@forage/event-log'
import { setTimeout as pause } from 'node:timers/promises'
import { placements, WINDOW_SECONDS, DIMENSION, modelOf } from './placements.ts'
import { syntheticTraffic, type Item, type TrafficShape } from './synthetic.ts'

const AT_ONCE = 1000

/** Puts synthetic traffic into a log, each record until it is acknowledged; what was acknowledged is what it vouches for. */
export class Producer {
  /** Ids of feedback that the log acknowledged and that must be credited once. */
  readonly acknowledged = new Set<string>()
  sent = 0
  /** Appends that failed and were repeated. */
  retried = 0
  readonly #log: EventLog
  readonly #items: Generator<Item>
  #done = false

  constructor(log: EventLog, shape: Omit<TrafficShape, 'partitions'>) {
    this.#log = log
    this.#items = syntheticTraffic({ ...shape, partitions: log.partitions })
  }

  get done(): boolean {
    return this.#done
  }

  /** Definitions first, and one decision per model, which fixes its form before any poison can. */
  async begin(): Promise<void> {
    const x = Array.from({ length: DIMENSION }, () => 0)
    for (let partition = 0; partition < this.#log.partitions; partition++)
      for (const spec of placements) {
        await this.#append(partition, encodeRecord({ v: 1, kind: 'placement', version: 1, spec }))
        await this.#append(partition, encodeRecord({ v: 1, kind: 'decision', id: `first-${spec.id}-${partition}`, placement: spec.id, version: 1, model: modelOf(spec.id), snapshot: '', deferred: false, sharedLength: 0, slate: [{ id: 'arm-0', p: 1, x }] }))
      }
  }

  /** Sends the next so many records; resolves when all are acknowledged. */
  async send(count: number): Promise<void> {
    for (let left = count; left > 0 && !this.#done; left -= AT_ONCE) await Promise.all(this.#take(Math.min(left, AT_ONCE)).map((item) => this.#deliver(item)))
  }

  /** Sends the rest, then lets the log's time pass until every decision has matured. Gives the offset after that, by partition. */
  async finish(): Promise<number[]> {
    while (!this.#done) await this.send(AT_ONCE)
    const log = this.#log
    return Promise.all(Array.from({ length: log.partitions }, async (_, partition) => {
      const first = await this.#tick(partition)
      for (;;) {
        const { time, offset } = await this.#tick(partition)
        if (time > first.time + WINDOW_SECONDS * 1000) return offset + 1
        await pause(200)
      }
    }))
  }

  #take(count: number): Item[] {
    const items: Item[] = []
    while (items.length < count) {
      const { value, done } = this.#items.next()
      if (done === true) {
        this.#done = true
        break
      }
      items.push(value)
    }
    return items
  }

  async #deliver({ partition, bytes, feedbackId }: Item): Promise<void> {
    await this.#append(partition, bytes)
    this.sent += 1
    if (feedbackId !== null) this.acknowledged.add(feedbackId)
  }

  async #tick(partition: number): Promise<{ time: number; offset: number }> {
    const { offset } = await this.#append(partition, encodeRecord({ v: 1, kind: 'tick' }))
    for (;;) {
      const [record] = await this.#log.read(partition, offset, { maxRecords: 1 }).catch(() => [])
      if (record?.offset === offset) return record
      await pause(20)
    }
  }

  async #append(partition: number, bytes: Uint8Array) {
    for (;;) {
      try {
        return await this.#log.append(partition, bytes)
      } catch (error) {
        if (!(error instanceof ForageError) || error.code !== 'log_unavailable') throw error
        this.retried += 1
        await pause(100)
      }
    }
  }
}
