import { expect } from 'vitest'
import type { EventLog } from './event-log.ts'

/** Opens an empty log whose clock is `now`. */
export type OpenLog = (options: { partitions: number; now: () => number }) => Promise<EventLog>

/** What a driver cannot help: by default nothing. */
export interface LogTraits {
  /** `broker`: records are stamped by a clock that is not the test's; it is taken to show the time of day. */
  readonly clock?: 'given' | 'broker'
}

const bytes = (...values: number[]) => Uint8Array.of(...values)
const clock = () => 1000

/** A value that says what it is: its number in 4 bytes, then filling. */
function numbered(index: number, size = 4): Uint8Array {
  const value = new Uint8Array(Math.max(4, size)).fill(index & 255)
  new DataView(value.buffer).setUint32(0, index)
  return value
}

/** The time of day, within a minute. */
const today = (time: number) => Math.abs(time - Date.now()) < 60_000

async function readAll(log: EventLog, partition: number, from = 0): Promise<number[]> {
  const found: number[] = []
  for (let next = from; ; ) {
    const records = await log.read(partition, next)
    if (records.length === 0) return found
    for (const { offset, value } of records) {
      expect(offset).toBe(next++)
      found.push(new DataView(value.buffer, value.byteOffset).getUint32(0))
    }
  }
}

/** What every log must do. Each case is a function of its own, so that a test can also see it fail on a broken log. */
export const eventLogContract = {
  async 'counts offsets from 0 in each partition'(open, { clock: stamps } = {}) {
    const log = await open({ partitions: 3, now: clock })
    expect(log.partitions).toBe(3)
    expect([await log.start(1), await log.end(1)]).toEqual([0, 0])
    expect(await log.append(1, bytes(1))).toEqual({ partition: 1, offset: 0 })
    expect(await log.append(1, bytes(2))).toEqual({ partition: 1, offset: 1 })
    expect(await log.append(2, bytes(3))).toEqual({ partition: 2, offset: 0 })
    expect([await log.end(0), await log.end(1), await log.end(2)]).toEqual([0, 2, 1])
    const time = stamps === 'broker' ? expect.toSatisfy(today) : 1000
    expect(await log.read(1, 0)).toEqual([
      { partition: 1, offset: 0, time, value: bytes(1) },
      { partition: 1, offset: 1, time, value: bytes(2) },
    ])
    expect(await log.read(0, 0)).toEqual([])
  },

  async 'copies the value before append returns'(open) {
    const log = await open({ partitions: 1, now: clock })
    const value = bytes(1, 2, 3)
    const parts = [bytes(4), bytes(), bytes(5, 6)]
    const appended = [log.append(0, value), log.append(0, parts)]
    value.fill(99)
    parts.forEach((part) => part.fill(99))
    await Promise.all(appended)
    expect((await log.read(0, 0)).map((record) => [...record.value])).toEqual([[1, 2, 3], [4, 5, 6]])
  },

  async 'gives each reader bytes of its own'(open) {
    const log = await open({ partitions: 1, now: clock })
    await log.append(0, bytes(1, 2))
    await log.append(0, bytes(3))
    const [first] = await log.read(0, 0)
    first!.value.fill(99)
    expect((await log.read(0, 0)).map(({ value }) => [...value])).toEqual([[1, 2], [3]])
  },

  async 'takes empty and large values'(open) {
    const log = await open({ partitions: 1, now: clock })
    const large = new Uint8Array(3 << 20).map((_, index) => index % 251)
    await Promise.all([log.append(0, bytes()), log.append(0, large), log.append(0, []), log.append(0, bytes(7))])
    const records = [...(await log.read(0, 0, { maxBytes: 1e9 }))]
    expect(records.map(({ value }) => value.length)).toEqual([0, large.length, 0, 1])
    expect(Buffer.compare(records[1]!.value, large)).toBe(0)
  },

  async 'keeps the order of calls in each partition, whatever waits and whoever awaits'(open) {
    const log = await open({ partitions: 2, now: clock })
    const positions = []
    for (let index = 0; index < 3000; index++) {
      positions.push(log.append(index % 2, numbered(index, index % 700)))
      if (index % 97 === 0) await new Promise((resolve) => void setImmediate(resolve))
      if (index % 500 === 0) await positions.at(-1)
    }
    expect((await Promise.all(positions)).map(({ partition, offset }) => offset * 2 + partition)).toEqual(Array.from({ length: 3000 }, (_, index) => index))
    expect(await readAll(log, 0)).toEqual(Array.from({ length: 1500 }, (_, index) => 2 * index))
    expect(await readAll(log, 1)).toEqual(Array.from({ length: 1500 }, (_, index) => 2 * index + 1))
    expect(await readAll(log, 1, 1234)).toEqual(Array.from({ length: 266 }, (_, index) => 2 * (index + 1234) + 1))
  },

  async 'shows a record to readers by the time its append resolves'(open) {
    const log = await open({ partitions: 1, now: clock })
    for (let index = 0; index < 20; index++) {
      const { offset } = await log.append(0, numbered(index))
      expect(await log.end(0)).toBe(offset + 1)
      expect((await log.read(0, offset))[0]!.value).toEqual(numbered(index))
    }
  },

  async 'reads within limits, but gives at least one record'(open) {
    const log = await open({ partitions: 1, now: clock })
    await Promise.all(Array.from({ length: 50 }, (_, index) => log.append(0, numbered(index, 100))))
    expect((await log.read(0, 10, { maxRecords: 7 })).map(({ offset }) => offset)).toEqual([10, 11, 12, 13, 14, 15, 16])
    expect((await log.read(0, 10, { maxBytes: 350 })).map(({ offset }) => offset)).toEqual([10, 11, 12])
    expect((await log.read(0, 10, { maxBytes: 1 })).map(({ offset }) => offset)).toEqual([10])
    expect((await log.read(0, 48)).map(({ offset }) => offset)).toEqual([48, 49])
    for (const past of [50, 51, 1e12]) expect(await log.read(0, past)).toEqual([])
  },

  async 'never lets time decrease within a partition'(open, { clock: stamps } = {}) {
    let now = 1000
    const log = await open({ partitions: 2, now: () => now })
    await log.append(0, bytes(1))
    now = 400
    await log.append(0, bytes(2))
    await log.append(1, bytes(3))
    now = 1200
    await log.append(0, bytes(4))
    if (stamps === 'broker') {
      const times = (await log.read(0, 0)).map(({ time }) => time)
      expect(times).toEqual(times.toSorted((a, b) => a - b))
      expect(times.every(today)).toBe(true)
      return
    }
    expect((await log.read(0, 0)).map(({ time }) => time)).toEqual([1000, 1000, 1200])
    expect((await log.read(1, 0)).map(({ time }) => time)).toEqual([400])
  },

  async 'finds the first offset at or after a time'(open, { clock: stamps } = {}) {
    let now = 0
    const log = await open({ partitions: 2, now: () => now })
    expect(await log.offsetAt(0, 5)).toBe(0)
    const times = [10, 10, 20, 20, 20, 50, 60, 60, 90]
    for (const time of times) {
      now = time
      await log.append(0, bytes(time))
    }
    await log.append(1, bytes(1))
    if (stamps === 'broker') {
      const stamped = (await log.read(0, 0)).map(({ time }) => time)
      for (const time of [-1, 0, Infinity, ...stamped.flatMap((at) => [at - 1, at, at + 1])]) {
        const found = stamped.findIndex((each) => each >= time)
        expect(await log.offsetAt(0, time), `time ${time} of ${stamped.join()}`).toBe(found === -1 ? times.length : found)
      }
      return
    }
    for (const time of [-1, 0, 9, 10, 11, 19, 20, 21, 50, 51, 60, 61, 90, 91, Infinity]) {
      const found = times.findIndex((each) => each >= time)
      expect(await log.offsetAt(0, time), `time ${time}`).toBe(found === -1 ? times.length : found)
    }
  },

  async 'finds the first record with a key'(open) {
    const log = await open({ partitions: 2, now: clock })
    expect(await log.find('d-1')).toBeNull()
    await log.append(0, bytes(1))
    const [first] = await Promise.all([
      log.append(0, bytes(2), { key: 'd-1' }),
      log.append(0, bytes(3), { key: 'd-1' }),
      log.append(1, bytes(4), { key: 'd-2' }),
    ])
    await log.append(1, bytes(5), { key: 'd-1' })
    await log.append(1, bytes(6), { key: 'ä🙂' })
    expect(first).toEqual({ partition: 0, offset: 1 })
    expect(await log.find('d-1')).toEqual(first)
    expect(await log.find('d-2')).toEqual({ partition: 1, offset: 0 })
    expect(await log.find('ä🙂')).toEqual({ partition: 1, offset: 2 })
    expect(await log.find('d-3')).toBeNull()
  },

  async 'refuses what cannot be stored, and goes on'(open) {
    const log = await open({ partitions: 1, now: clock })
    await expect(log.append(1, bytes(1))).rejects.toMatchObject({ code: 'internal' })
    await expect(log.append(-1, bytes(1))).rejects.toMatchObject({ code: 'internal' })
    await expect(log.append(0, bytes(1), { key: 'x'.repeat(5000) })).rejects.toMatchObject({ code: 'internal' })
    await expect(log.append(0, bytes(1), { key: '' })).rejects.toMatchObject({ code: 'internal' })
    await expect(log.read(1, 0)).rejects.toMatchObject({ code: 'internal' })
    expect(await log.append(0, bytes(2))).toEqual({ partition: 0, offset: 0 })
  },

  async 'tells subscribers of a partition, until they unsubscribe'(open) {
    const log = await open({ partitions: 2, now: clock })
    let [calls, seen, others] = [0, 0, 0]
    log.subscribe(1, () => (others += 1))
    const news = () =>
      new Promise<void>((resolve) => {
        const unsubscribe = log.subscribe(0, () => {
          unsubscribe()
          resolve()
        })
      })
    const unsubscribe = log.subscribe(0, () => (calls += 1))
    for (let index = 0; index < 3; index++) {
      const told = news()
      await log.append(0, numbered(index))
      await told
      seen += (await log.read(0, index)).length
    }
    expect(seen).toBe(3)
    expect(calls).toBe(3)
    expect(others).toBe(0)
    unsubscribe()
    const told = news()
    await log.append(0, numbered(4))
    await told
    expect(calls).toBe(3)
  },

  async 'waits for pending appends when it closes, and refuses work afterwards'(open) {
    const log = await open({ partitions: 1, now: clock })
    const pending = Array.from({ length: 10 }, (_, index) => log.append(0, numbered(index)))
    await log.close()
    expect((await Promise.all(pending)).map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    await log.close()
    await expect(log.append(0, bytes(1))).rejects.toMatchObject({ code: 'log_unavailable' })
    await expect(log.read(0, 0)).rejects.toMatchObject({ code: 'log_unavailable' })
    await expect(log.end(0)).rejects.toMatchObject({ code: 'log_unavailable' })
  },
} satisfies Record<string, (open: OpenLog, traits?: LogTraits) => Promise<void>>
