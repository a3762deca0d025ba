import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ForageError } from '@forage/domain'
import type { EventLog, Position, Spool } from '@forage/event-log'
import { createMemoryLog } from '@forage/event-log/memory'
import { openSpool } from '@forage/event-log/spool'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Intake } from './intake.ts'
import { LogHealth } from './log-health.ts'
import { SpoolDrainer } from './spool-drainer.ts'

/** A log that can refuse, or fall silent: then its records wait in line, and of those some first ones get through in the end. */
class MoodyLog {
  readonly real = createMemoryLog({ partitions: 2 })
  mood: 'well' | 'failing' | 'silent' = 'well'
  refusals = 0
  #line: { deliver: () => void; drop: () => void }[] = []
  readonly log: EventLog

  constructor() {
    const append: EventLog['append'] = (partition, value) => {
      const copy = Uint8Array.from(value as Uint8Array)
      if (this.mood === 'failing') this.refusals += 1
      if (this.mood === 'failing') return Promise.reject(new ForageError('log_unavailable', 'no'))
      if (this.mood === 'well') return this.real.append(partition, copy)
      return new Promise<Position>((resolve, reject) => {
        this.#line.push({ deliver: () => void this.real.append(partition, copy).then(resolve, reject), drop: () => reject(new ForageError('log_unavailable', 'given up')) })
      })
    }
    this.log = new Proxy(this.real, { get: (target, name) => (name === 'append' ? append : Reflect.get(target, name)) })
  }

  become(mood: MoodyLog['mood'], share = 1): void {
    const line = this.#line.splice(0)
    const through = Math.round(share * line.length)
    line.forEach(({ deliver, drop }, index) => (index < through ? deliver() : drop()))
    this.mood = mood
  }

  async texts(): Promise<string[]> {
    const records = await Promise.all([0, 1].map((partition) => this.real.read(partition, 0, { maxRecords: 1e6 })))
    return records.flat().map(({ value }) => Buffer.from(value).toString())
  }
}

let folder: string
let moody: MoodyLog
let spool: Spool
let drainer: SpoolDrainer
let intake: Intake
let health: LogHealth
let time: number

function start(maxBytes = 1 << 20): void {
  spool = openSpool({ path: join(folder, 'spool'), maxBytes })
  const { log } = moody
  health = new LogHealth({ partitions: 2, now: () => time, slowMs: 15 })
  const fail = (error: unknown) => void (error instanceof ForageError || expect.fail(String(error)))
  drainer = new SpoolDrainer({ spool, log, health, onRefused: () => expect.fail(), onError: fail })
  intake = new Intake({ log, health, spool: { records: spool, drainer }, patienceMs: 15 })
}
async function stop(): Promise<void> {
  await drainer.stop()
  await spool.close()
}
const take = (text: string, partition = 0) => intake.take(partition, Buffer.from(text))

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forage-intake-'))
  moody = new MoodyLog()
  time = 0
  start()
})
afterEach(async () => {
  moody.become('failing', 0)
  await stop()
  rmSync(folder, { recursive: true, force: true })
})

describe('the intake', () => {
  it('uses the log while it can, the spool while it cannot, and brings that into the log in order', async () => {
    expect(await take('a')).toEqual({ partition: 0, offset: 0 })
    moody.become('failing')
    expect([await take('b'), await take('c'), await take('d', 1)]).toEqual([null, null, null])
    expect(spool.records).toBe(3)
    moody.become('well')
    await expect.poll(() => spool.records, { timeout: 5000 }).toBe(0)
    expect([await moody.texts(), drainer.drained]).toEqual([['a', 'b', 'c', 'd'], 3])
    expect(await take('e')).toEqual({ partition: 0, offset: 3 })
  })

  it('does not wait for a silent log', async () => {
    moody.become('silent')
    expect(await take('a')).toBeNull()
    moody.become('well')
    await expect.poll(() => spool.records, { timeout: 5000 }).toBe(0)
    expect(new Set(await moody.texts())).toEqual(new Set(['a'])) // twice is fine
  })

  it('keeps newer records behind those that wait, even when the log is known to be back', async () => {
    moody.become('failing')
    await take('a')
    await expect.poll(() => moody.refusals).toBeGreaterThan(1) // the drainer has tried, and rests
    moody.become('well')
    const acknowledged = Promise.resolve()
    health.watch(0, acknowledged)
    await acknowledged
    expect(health.isAway(0)).toBe(false)
    expect(await Promise.all(['b', 'c', 'd'].map((text) => take(text)))).toEqual([null, null, null])
    await expect.poll(() => spool.records, { timeout: 5000 }).toBe(0)
    expect(await moody.texts()).toEqual(['a', 'b', 'c', 'd'])
  })

  it('gets out of the spool although feedback never pauses', async () => {
    moody.become('failing')
    await take('0')
    moody.become('well')
    let sent = 0
    let direct = false
    const stream = async () => {
      while (!direct && sent < 50_000) if ((await take(`${++sent}`)) !== null) direct = true
    }
    await Promise.all(Array.from({ length: 32 }, stream))
    expect(direct).toBe(true)
  })

  it('refuses what neither can keep', async () => {
    await stop()
    start(1000)
    moody.become('failing')
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => take('x'.repeat(36))))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(10)
    await expect(take('y')).rejects.toMatchObject({ code: 'log_unavailable' })
    const without = new Intake({ log: moody.log, health: new LogHealth({ partitions: 2 }), spool: null, patienceMs: 15 })
    await expect(without.take(0, Buffer.from('z'))).rejects.toMatchObject({ code: 'log_unavailable' })
  })

  it('brings what a process left behind into the log at the next start', async () => {
    moody.become('failing')
    await Promise.all([take('a'), take('b', 1)])
    await stop()
    moody.become('well')
    start()
    await expect.poll(() => spool.records, { timeout: 5000 }).toBe(0)
    expect(await moody.texts()).toEqual(['a', 'b'])
  })
})

/** A step: so many events of one decision after another, then the log's new mood, or a restart. */
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ events: fc.integer({ min: 1, max: 12 }), waits: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ mood: fc.constantFrom('well' as const, 'failing' as const, 'silent' as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }) },
  { weight: 1, arbitrary: fc.constant('restart' as const) },
)

it('loses nothing it acknowledged, and keeps the order of a decision, whatever happens', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
      moody = new MoodyLog()
      await stop()
      rmSync(join(folder, 'spool'), { recursive: true, force: true })
      start()
      const acknowledged: string[] = []
      let number = 0
      let running: Promise<void>[] = []
      const send = async (events: number) => {
        // one decision, whose client sends the next event when the last one is acknowledged
        const name = number++
        for (let event = 0; event < events; event++) {
          const text = `${name}.${event}`
          try {
            await take(text, name % 2)
            acknowledged.push(text)
          } catch {
            return
          }
        }
      }
      for (const next of steps) {
        time += 40
        if (next === 'restart') {
          moody.become(moody.mood, 0) // what was under way dies with the process
          await stop()
          start()
        } else if ('mood' in next) moody.become(next.mood, next.share)
        else {
          const sending = send(next.events)
          running.push(sending)
          if (next.waits) await sending
        }
      }
      moody.become('well', 0)
      await Promise.all(running)
      running = []
      time += 1000
      await expect.poll(() => spool.records, { timeout: 10_000, interval: 5 }).toBe(0)
      const texts = await moody.texts()
      const place = new Map(texts.toReversed().map((text, index) => [text, texts.length - 1 - index]))
      expect(acknowledged.filter((text) => !place.has(text))).toEqual([])
      const last = new Map<string, number>()
      for (const text of acknowledged) {
        const [name = ''] = text.split('.')
        expect(place.get(text)).toBeGreaterThan(last.get(name) ?? -1)
        last.set(name, place.get(text)!)
      }
    }),
    { numRuns: 25, seed: 5 },
  )
}, 60_000)
