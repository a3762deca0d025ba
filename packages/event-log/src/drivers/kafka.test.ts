import { randomUUID } from 'node:crypto'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { eventLogContract } from '../contract.ts'
import type { EventLog } from '../event-log.ts'
import { startKafka } from '../testing/kafka-service.ts'
import { openKafkaLog, type KafkaLogOptions } from './kafka.ts'

const kafka = await startKafka('the contract of logs, and more, with the Kafka driver')
const opened: EventLog[] = []
const aTopic = () => `forage-test-${randomUUID()}`

async function open(options: Partial<KafkaLogOptions> = {}): Promise<EventLog> {
  const log = await openKafkaLog({ brokers: kafka!.brokers, topic: aTopic(), ...options })
  opened.push(log)
  return log
}

const client = () => new Kafka({ brokers: [...kafka!.brokers], logLevel: logLevel.NOTHING })

async function administer(action: (admin: ReturnType<Kafka['admin']>) => Promise<unknown>): Promise<void> {
  const admin = client().admin()
  await admin.connect()
  await action(admin)
  await admin.disconnect()
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((log) => log.close()))
})
afterAll(() => kafka?.stop())

const bytes = (...values: number[]) => Uint8Array.of(...values)

describe.skipIf(kafka === null)('the Kafka log', () => {
  it.each(Object.entries(eventLogContract))('%s', (_, contract) => contract(({ partitions }) => open({ partitions }), { clock: 'broker' }))

  it.each(Object.entries(eventLogContract))('with one record a batch, uncompressed and nothing cached, %s', (_, contract) =>
    contract(({ partitions }) => open({ partitions, maxBatchBytes: 1, compression: 'none', cacheBytes: 0 }), { clock: 'broker' }))

  it('makes its topic once, and keeps to a topic that is there', async () => {
    const topic = aTopic()
    const [first, second] = await Promise.all([open({ topic, partitions: 3 }), open({ topic, partitions: 3 })])
    await first.append(2, bytes(1))
    expect((await second.read(2, 0)).map(({ value }) => [...value])).toEqual([[1]])
    expect((await open({ topic })).partitions).toBe(3)
    await expect(open({ topic, partitions: 4 })).rejects.toMatchObject({ code: 'corrupt_state', message: expect.stringContaining('has 3 partition(s), not 4') })
  })

  it.each([
    ['stamped by producers', { name: 'message.timestamp.type', value: 'CreateTime' }, 'LogAppendTime'],
    ['compacted', { name: 'cleanup.policy', value: 'compact' }, 'cleanup.policy'],
  ])('refuses a topic that is %s', async (_, entry, complaint) => {
    const topic = aTopic()
    const stamped = { name: 'message.timestamp.type', value: 'LogAppendTime' }
    await administer((admin) => admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 1, configEntries: entry.name === stamped.name ? [entry] : [stamped, entry] }] }))
    await expect(open({ topic })).rejects.toMatchObject({ code: 'corrupt_state', message: expect.stringContaining(complaint) })
  })

  it('says so when there is no broker', async () => {
    await expect(open({ brokers: ['127.0.0.1:1'] })).rejects.toMatchObject({ code: 'log_unavailable' })
  })

  it.skipIf(!kafka?.own)('says who it is, and is refused with a wrong password', async () => {
    const sasl = { mechanism: 'plain', username: 'forage', password: 'secret' } as const
    const log = await open({ brokers: [kafka!.own!.sasl], sasl })
    expect(await log.append(0, bytes(1))).toEqual({ partition: 0, offset: 0 })
    expect(await log.read(0, 0)).toHaveLength(1)
    await expect(open({ brokers: [kafka!.own!.sasl], sasl: { ...sasl, password: 'guess' } })).rejects.toMatchObject({ code: 'log_unavailable' })
    await expect(open({ brokers: [kafka!.own!.sasl] })).rejects.toMatchObject({ code: 'log_unavailable' })
  })

  it('shows one process what another appends: records, news and keys', async () => {
    const topic = aTopic()
    const [writer, reader] = [await open({ topic, partitions: 2 }), await open({ topic })]
    const told = new Promise<void>((resolve) => void reader.subscribe(1, resolve))
    await writer.append(1, bytes(1), { key: 'a' })
    expect(await reader.find('a')).toEqual({ partition: 1, offset: 0 })
    await told
    await writer.append(0, bytes(2), { key: 'b' })
    expect([await reader.find('b'), await reader.find('c')]).toEqual([{ partition: 0, offset: 0 }, null])
    expect(await reader.read(1, 0)).toHaveLength(1)
  })

  it('finds the newest keys after it was opened again', async () => {
    const topic = aTopic()
    const first = await open({ topic })
    await Promise.all(Array.from({ length: 100 }, (_, index) => first.append(0, bytes(index), { key: `k-${index}` })))
    const again = await open({ topic, findRecords: 10 })
    expect(await again.find('k-99')).toEqual({ partition: 0, offset: 99 })
    expect(await again.find('k-90')).toEqual({ partition: 0, offset: 90 })
    expect(await again.find('k-1')).toBeNull()
  })

  it('tells of what was appended between the last look at the end and the subscription', async () => {
    const topic = aTopic()
    const [writer, reader] = [await open({ topic }), await open({ topic })]
    expect(await reader.read(0, 0)).toEqual([])
    await writer.append(0, bytes(1))
    await new Promise<void>((resolve) => void reader.subscribe(0, resolve))
    expect(await reader.read(0, 0)).toHaveLength(1)
  })

  it('starts where the broker has left off deleting, and never skips silently', async () => {
    const topic = aTopic()
    const [log, late] = [await open({ topic }), await open({ topic })]
    await Promise.all(Array.from({ length: 50 }, (_, index) => log.append(0, bytes(index))))
    await administer(async (admin) => {
      await admin.fetchTopicMetadata({ topics: [topic] }) // it knows no leaders without
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '20' }] })
    })
    expect([await late.start(0), await late.end(0)]).toEqual([20, 50])
    await expect(late.read(0, 19)).rejects.toMatchObject({ code: 'corrupt_state', details: { offset: 19, start: 20 } })
    expect((await late.read(0, 20)).map(({ offset }) => offset)).toEqual(Array.from({ length: 30 }, (_, index) => 20 + index))
    expect(await late.read(0, 50)).toEqual([])
  })

  it('steps over the control records of a transaction, wherever they stand', async () => {
    const topic = aTopic()
    const log = await open({ topic })
    const producer = client().producer({ transactionalId: topic, maxInFlightRequests: 1, idempotent: true })
    await producer.connect()
    await log.append(0, bytes(1))
    const commit = async (end: number) => {
      const transaction = await producer.transaction()
      await transaction.send({ topic, messages: [{ value: Buffer.from([2]) }] })
      await transaction.commit()
      await expect.poll(() => log.end(0)).toBe(end) // the control record is written after the answer
    }
    await commit(3)
    await log.append(0, bytes(3))
    await commit(6)
    await producer.disconnect()
    const reads = async (from: number) => (await log.read(0, from)).map(({ offset, value }) => [offset, ...value])
    expect(await reads(0)).toEqual([[0, 1], [1, 2], [3, 3], [4, 2]])
    expect(await reads(2)).toEqual([[3, 3], [4, 2]])
    expect(await reads(5)).toEqual([])
  })

  it('refuses appends while too much waits, and records no topic takes', async () => {
    const log = await open({ maxPendingBytes: 10_000, maxMessageBytes: 1 << 20 })
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => log.append(0, new Uint8Array(900))))
    expect(results.map(({ status }) => status)).toEqual([...Array.from({ length: 10 }, () => 'fulfilled'), ...Array.from({ length: 10 }, () => 'rejected')])
    expect(results[19]).toMatchObject({ reason: { code: 'log_unavailable', details: { fate: 'not appended' } } })
    await expect(log.append(0, new Uint8Array(1 << 20))).rejects.toMatchObject({ code: 'internal' })
    expect(await log.append(0, new Uint8Array(900))).toEqual({ partition: 0, offset: 10 })
  })

  it('holds no connection and no timer after it was closed', async () => {
    const before = process.getActiveResourcesInfo().length
    const log = await openKafkaLog({ brokers: kafka!.brokers, topic: aTopic() })
    log.subscribe(0, () => {})
    await log.append(0, bytes(1))
    await log.close()
    await expect.poll(() => process.getActiveResourcesInfo().length).toBeLessThanOrEqual(before)
  })
})
