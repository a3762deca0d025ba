import { randomUUID } from 'node:crypto'
import type { EventLog, LogRecord } from '@forage/event-log'
import { openKafkaLog, type KafkaLogOptions } from '@forage/event-log/kafka'
import { type Fold, foldOnce, runFold, type Shard } from '@forage/folding'
import { createMemoryStore } from '@forage/store/memory'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { startKafka } from './kafka.ts'

/** Its state depends on every record and on their order. */
class ChainShard implements Shard {
  readonly partition: number
  #chain = 0
  #count = 0

  constructor(partition: number) {
    this.partition = partition
  }

  restore(fields: ReadonlyMap<string, Uint8Array>): void {
    const saved = fields.get('chain')
    if (saved !== undefined) [this.#chain, this.#count] = JSON.parse(Buffer.from(saved).toString()) as [number, number]
  }

  apply({ value }: LogRecord, rebuilding: boolean): void {
    if (rebuilding) return
    this.#chain = (Math.imul(this.#chain, 31) + Number(Buffer.from(value).toString())) | 0
    this.#count += 1
  }

  replayFrom(next: number): number {
    return next
  }

  changes() {
    return { fields: new Map([['chain', Buffer.from(this.state)]]), entries: new Map() }
  }

  get state(): string {
    return JSON.stringify([this.#chain, this.#count])
  }
}

const fold: Fold<ChainShard> = { name: 'chain', shard: (partition) => new ChainShard(partition) }

/** The same by hand. */
function chainOf(numbers: readonly number[]): string {
  return JSON.stringify([numbers.reduce((chain, number) => (Math.imul(chain, 31) + number) | 0, 0), numbers.length])
}

const kafka = await startKafka('folds over a Kafka log')
const opened: EventLog[] = []

async function open(options: Partial<KafkaLogOptions> = {}): Promise<EventLog> {
  const log = await openKafkaLog({ brokers: kafka!.brokers, topic: `forage-test-${randomUUID()}`, requestTimeoutMs: 1000, giveUpMs: 30_000, ...options })
  opened.push(log)
  return log
}

const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, index) => from + index)
const append = (log: EventLog, partition: number, values: readonly number[]) => Promise.all(values.map((value) => log.append(partition, Buffer.from(String(value)))))

afterEach(async () => {
  await Promise.all(opened.splice(0).map((log) => log.close()))
})
afterAll(() => kafka?.stop())

describe.skipIf(kafka === null)('folding over a Kafka log', () => {
  it('follows the log, stops, and goes on from its checkpoint in another process’s place', async () => {
    const topic = `forage-test-${randomUUID()}`
    const [writer, store] = [await open({ topic, partitions: 2 }), createMemoryStore()]
    await append(writer, 0, numbers(5000))
    const first = runFold({ log: await open({ topic }), store, fold, checkpoint: { records: 700 } })
    await first.ready
    const [last] = (await append(writer, 0, numbers(10, 5000))).slice(-1)
    await first.waitFor(last!, 5000)
    await first.stop()
    await Promise.all([append(writer, 0, numbers(3000, 5010)), append(writer, 1, numbers(100))])
    const applied: number[] = []
    const second = runFold({ log: await open({ topic }), store, fold, onApplied: (partition, _, next) => void (partition === 0 && applied.push(next)) })
    await second.ready
    expect(applied[0]).toBe(5010)
    expect([second.shard(0)!.state, second.shard(1)!.state]).toEqual([chainOf(numbers(8010)), chainOf(numbers(100))])
    await second.stop()
    expect((await foldOnce({ log: writer, fold, partition: 0 })).shard.state).toBe(chainOf(numbers(8010)))
  })

  it('is told within milliseconds', async () => {
    const topic = `forage-test-${randomUUID()}`
    const [writer, reader] = [await open({ topic }), await open({ topic })]
    const run = runFold({ log: reader, store: createMemoryStore(), fold })
    await run.ready
    for (const number of numbers(20)) {
      const [position] = await append(writer, 0, [number])
      await run.waitFor(position!, 2000) // far less; the machine may be busy
    }
    await run.stop()
  })

  it('steps over offsets that hold no record', async () => {
    const topic = `forage-test-${randomUUID()}`
    const log = await open({ topic })
    const producer = new Kafka({ brokers: [...kafka!.brokers], logLevel: logLevel.NOTHING }).producer({ transactionalId: topic, maxInFlightRequests: 1, idempotent: true })
    await producer.connect()
    const transaction = await producer.transaction()
    await transaction.send({ topic, messages: [{ value: '0' }, { value: '1' }] })
    await transaction.commit()
    await producer.disconnect()
    await expect.poll(() => log.end(0)).toBe(3)
    await append(log, 0, [2, 3])
    const store = createMemoryStore()
    const run = runFold({ log, store, fold })
    await run.ready
    expect(run.position(0)).toBe(5)
    await run.stop()
    expect([run.shard(0), (await foldOnce({ log, fold, partition: 0 })).shard].map((shard) => shard?.state)).toEqual([chainOf(numbers(4)), chainOf(numbers(4))])
    expect((await foldOnce({ log, fold, partition: 0, to: 3 })).shard.state).toBe(chainOf(numbers(2)))
  })

  it.skipIf(!kafka?.own)('waits while the broker is away, and is exact afterwards', { timeout: 120_000 }, async () => {
    const log = await open()
    const faults: unknown[] = []
    const run = runFold({ log, store: createMemoryStore(), fold, checkpoint: { records: 100 }, onError: (error) => faults.push(error) })
    await append(log, 0, numbers(1000))
    await kafka!.own!.kill()
    const appending = append(log, 0, numbers(1000, 1000))
    await kafka!.own!.restart()
    const positions = await appending
    await run.waitFor(positions.at(-1)!, 30_000)
    expect(run.shard(0)!.state).toBe(chainOf(numbers(2000)))
    expect(run.failure(0)).toBeNull()
    expect(faults.every((fault) => (fault as { code?: string }).code === 'log_unavailable')).toBe(true)
    await run.stop()
  })
})
