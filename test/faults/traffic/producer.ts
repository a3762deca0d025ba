import { encodeRecord, ForageError } from '@forage/domain'
import type { EventLog } from '@forage/event-log'
import { setTimeout as pause } from 'node:timers/promises'
import { placements, WINDOW_SECONDS, DIMENSION, modelOf } from './placements.ts'
import { syntheticTraffic, type Item, type TrafficShape } from './synthetic.ts'

const AT_ONCE = 1000

export interface ProducerOptions extends Omit<TrafficShape, 'partitions'> {
  /** Vouches for what it has only handed over, and does not repeat it: what a careless front would do. */
  readonly broken?: 'hopeful'
}

/** Puts synthetic traffic into a log, each record until it is acknowledged; what was acknowledged is what it vouches for. */
export class Producer {
  /** Ids of feedback that the log acknowledged and that must be credited once. */
  readonly acknowledged = new Set<string>()
  sent = 0
  /** Appends that failed and were repeated. */
  retried = 0
  readonly #log: EventLog
  readonly #items: Generator<Item, undefined, 'end' | undefined>
  readonly #hopeful: boolean
  #done = false

  constructor(log: EventLog, { broken, ...shape }: ProducerOptions) {
    this.#log = log
    this.#hopeful = broken === 'hopeful'
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

  /** Sends the feedback of the decisions made so far, then lets the log's time pass until every decision has matured. Gives the offset after that, by partition. */
  async finish(): Promise<number[]> {
    await this.#drain()
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

  /** Only what is due already is still sent: decisions made so far get their feedback. */
  async #drain(): Promise<void> {
    const { value } = this.#items.next('end')
    for (let item = value; item !== undefined; ) {
      const some: Item[] = []
      for (; item !== undefined && some.length < AT_ONCE; item = this.#items.next('end').value) some.push(item)
      await Promise.all(some.map((one) => this.#deliver(one)))
    }
    this.#done = true
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
    if (this.#hopeful) this.#log.append(partition, bytes).catch(() => (this.retried += 1))
    else await this.#append(partition, bytes)
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
