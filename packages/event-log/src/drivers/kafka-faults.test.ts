import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import type { EventLog } from '../event-log.ts'
import { faultProxy, startKafka, type FaultProxy } from '../testing/kafka-service.ts'
import { openKafkaLog, type KafkaLogOptions } from './kafka.ts'

const kafka = await startKafka('faults of brokers and links, with the Kafka driver')
const closing: { close(): Promise<void> }[] = []

async function open(options: Partial<KafkaLogOptions> = {}): Promise<EventLog> {
  const log = await openKafkaLog({ brokers: kafka!.brokers, topic: `forage-test-${randomUUID()}`, requestTimeoutMs: 1000, ...options })
  closing.unshift(log)
  return log
}

/** A log behind a link that can fail; the broker tells its clients to come through the link. */
async function openThroughLink(options: Partial<KafkaLogOptions> = {}): Promise<{ log: EventLog; link: FaultProxy }> {
  const { to, advertised } = kafka!.own!.proxied
  const link = await faultProxy({ port: advertised, to })
  closing.push(link)
  return { log: await open({ brokers: [`127.0.0.1:${advertised}`], ...options }), link }
}

afterEach(async () => {
  for (const each of closing.splice(0)) await each.close()
})
afterAll(() => kafka?.stop())

const PRODUCE = 0
const FETCH = 1
const asks = (key: number) => (request: Buffer) => request.length >= 6 && request.readInt16BE(4) === key
const isProduce = asks(PRODUCE)
const numbered = (index: number) => Buffer.from(String(index))

async function readAll(log: EventLog, partition: number): Promise<number[]> {
  const found: number[] = []
  for (let next = 0; ; ) {
    const records = await log.read(partition, next)
    if (records.length === 0) return found
    for (const { offset, value } of records) {
      expect(offset).toBe(next++)
      found.push(Number(Buffer.from(value).toString()))
    }
  }
}

describe.skipIf(!kafka?.own)('the Kafka log, when things fail,', () => {
  it('appends once what was served, but whose answer never came', { timeout: 60_000 }, async () => {
    const { log, link } = await openThroughLink({ partitions: 2 })
    await log.append(0, numbered(0))
    const expected = [[0], []] as number[][]
    for (let round = 0; round < 5; round++) {
      link.cutInsteadOfAnswer(1, isProduce)
      const appends = Array.from({ length: 200 }, (_, index) => ({ partition: index % 2, number: 1000 * (round + 1) + index }))
      const positions = await Promise.all(appends.map(({ partition, number }) => log.append(partition, numbered(number))))
      for (const [index, { partition, number }] of appends.entries()) expect(expected[partition]!.push(number) - 1).toBe(positions[index]!.offset)
    }
    expect(link.struck).toBe(5)
    expect([await readAll(log, 0), await readAll(log, 1)]).toEqual(expected)
  })

  it('reads on after answers that broke off in the middle', { timeout: 30_000 }, async () => {
    const { log, link } = await openThroughLink({ partitions: 1, compression: 'none', cacheBytes: 0 })
    const news = { count: 0 }
    log.subscribe(0, () => (news.count += 1))
    for (let round = 1; round <= 4; round++) {
      link.cutInsideAnswer(2, asks(FETCH)) // of the reader, or of those who wait for news
      const before = news.count
      const { offset } = await log.append(0, randomBytes(30_000))
      const read = () => log.read(0, offset).catch(() => [])
      while ((await read()).length === 0) await pause(20)
      while (news.count === before || link.struck < 2 * round) await read().then(() => pause(20))
    }
  })

  it('keeps order and loses nothing while its connections are cut all the time', { timeout: 60_000 }, async () => {
    const { log, link } = await openThroughLink({ maxBatchBytes: 2000, compression: 'none' })
    const positions: Promise<number>[] = []
    for (let index = 0; index < 4000; index++) {
      positions.push(log.append(0, numbered(index)).then(({ offset }) => offset))
      if (index % 500 === 250) link.cut()
      if (index % 20 === 0) await new Promise((resolve) => void setImmediate(resolve))
    }
    expect(await Promise.all(positions)).toEqual(Array.from({ length: 4000 }, (_, index) => index))
    expect(await readAll(log, 0)).toEqual(Array.from({ length: 4000 }, (_, index) => index))
  })

  it('rejects what takes too long, and never acknowledges another record in its place', { timeout: 60_000 }, async () => {
    const { log, link } = await openThroughLink({ requestTimeoutMs: 300, giveUpMs: 500 })
    const observer = await open()
    expect(observer.partitions).toBe(1)
    const accepted: [number, number][] = []
    for (let round = 0; round < 3; round++) {
      for (let index = 0; index < 3; index++) accepted.push([(await log.append(0, numbered(100 * round + index))).offset, 100 * round + index])
      link.cutInsteadOfAnswer(1000, isProduce) // served, and never answered
      await expect(log.append(0, numbered(100 * round + 50))).rejects.toMatchObject({ code: 'log_unavailable', details: { fate: 'unknown' } })
      link.cutInsteadOfAnswer(0)
    }
    accepted.push([(await log.append(0, numbered(999))).offset, 999])
    const all = await readAll(log, 0)
    for (const [offset, number] of accepted) expect(all[offset]).toBe(number)
    expect(new Set(all).size).toBe(all.length)
  })

  it('recovers from links that hang', { timeout: 60_000 }, async () => {
    const { log, link } = await openThroughLink({ requestTimeoutMs: 300, giveUpMs: 1000 })
    await log.append(0, numbered(0))
    link.hold(true)
    await expect(log.append(0, numbered(1))).rejects.toMatchObject({ code: 'log_unavailable' })
    await expect(log.read(0, 1)).rejects.toMatchObject({ code: 'log_unavailable' })
    link.hold(false)
    link.cut()
    const { offset } = await log.append(0, numbered(2))
    expect((await readAll(log, 0))[offset]).toBe(2)
  })

  it('has every acknowledged record once after its broker was killed, and tells of the ones that come later', { timeout: 120_000 }, async () => {
    const log = await open({ partitions: 2, giveUpMs: 30_000 })
    const acknowledged: { partition: number; offset: number; number: number }[] = []
    const stopped = new AbortController()
    let [next, failed, news] = [0, 0, 0]
    log.subscribe(1, () => (news += 1))
    const appendForEver = async () => {
      while (!stopped.signal.aborted) {
        const number = next++
        await log.append(number % 2, numbered(number)).then(({ partition, offset }) => void acknowledged.push({ partition, offset, number }), () => (failed += 1))
      }
    }
    const appenders = Array.from({ length: 50 }, appendForEver)
    for (let round = 0; round < 2; round++) {
      const before = acknowledged.length
      await expect.poll(() => acknowledged.length, { timeout: 30_000 }).toBeGreaterThan(before + 2000)
      await kafka!.own!.kill()
      await kafka!.own!.restart()
    }
    const [before, heard] = [acknowledged.length, news]
    await expect.poll(() => acknowledged.length, { timeout: 30_000 }).toBeGreaterThan(before + 500)
    await expect.poll(() => news, { timeout: 30_000 }).toBeGreaterThan(heard)
    stopped.abort()
    await Promise.all(appenders)
    expect(failed).toBe(0) // the time to give up is longer than the broker was away
    const all = [await readAll(log, 0), await readAll(log, 1)]
    for (const { partition, offset, number } of acknowledged) expect(all[partition]![offset]).toBe(number)
    expect(all.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: next }, (_, index) => index))
  })
})
