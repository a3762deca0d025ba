import { describe, expect, it } from 'vitest'
import { eventLogContract, type OpenLog } from './contract.ts'
import { createMemoryLog } from './drivers/memory.ts'
import type { EventLog } from './event-log.ts'

/** A memory log with one fault built in. */
function broken(fault: (good: EventLog) => Partial<EventLog> = () => ({}), change: (options: Parameters<OpenLog>[0]) => Parameters<OpenLog>[0] = (options) => options): OpenLog {
  return async (options) => {
    const good = createMemoryLog(change(options))
    const bad = fault(good)
    return new Proxy(good, {
      get(target, name) {
        const member = (Reflect.get(bad, name) ?? Reflect.get(target, name)) as unknown
        return typeof member === 'function' ? (member as (...values: unknown[]) => unknown).bind(target) : member
      },
    })
  }
}

const turn = () => new Promise((resolve) => void setImmediate(resolve))

const faults: [fault: string, noticedBy: keyof typeof eventLogContract, OpenLog][] = [
  ['does not copy what it is given', 'copies the value before append returns', broken((good) => ({
    append: async (partition, value, options) => {
      await turn()
      return good.append(partition, value, options)
    },
  }))],
  ['hands its own bytes out', 'gives each reader bytes of its own', broken((good) => {
    const first = new Map<number, Awaited<ReturnType<EventLog['read']>>>()
    return {
      read: async (partition, offset) => {
        if (!first.has(partition)) first.set(partition, await good.read(partition, offset))
        return first.get(partition)!
      },
    }
  })],
  ['appends late records first', 'keeps the order of calls in each partition, whatever waits and whoever awaits', broken((good) => ({
    append: async (partition, value, options) => {
      const copy = value instanceof Uint8Array ? value.slice() : value
      if (copy.length % 2 === 1) await turn()
      return good.append(partition, copy, options)
    },
  }))],
  ['acknowledges before it can be read', 'shows a record to readers by the time its append resolves', broken((good) => {
    let [end, late] = [0, Promise.resolve()]
    return {
      append: async (partition, value, options) => {
        late = late.then(turn).then(() => void good.append(partition, value, options))
        return { partition, offset: end++ }
      },
    }
  })],
  ['ignores limits', 'reads within limits, but gives at least one record', broken((good) => ({ read: (partition, offset) => good.read(partition, offset) }))],
  ['gives nothing when the first record is too large', 'reads within limits, but gives at least one record', broken((good) => ({
    read: async (partition, offset, limits) => (await good.read(partition, offset, limits)).filter(({ value }) => value.length <= (limits?.maxBytes ?? Infinity)),
  }))],
  ['loses empty values', 'takes empty and large values', broken((good) => ({ append: (partition, value, options) => (value.length === 0 ? good.end(partition).then((offset) => ({ partition, offset })) : good.append(partition, value, options)) }))],
  ['trusts the clock', 'never lets time decrease within a partition', broken((good) => {
    const times = [1000, 400, 1200]
    return {
      read: async (partition, offset) => {
        const records = await good.read(partition, offset)
        return partition === 0 ? records.map((record, index) => ({ ...record, time: times[index]! })) : records
      },
    }
  })],
  ['finds the offset after a time', 'finds the first offset at or after a time', broken((good) => ({ offsetAt: (partition, time) => good.offsetAt(partition, time + 1) }))],
  ['finds the last record with a key', 'finds the first record with a key', broken((good) => {
    const keys = new Map<string, { partition: number; offset: number }>()
    return {
      append: async (partition, value, options) => {
        const position = await good.append(partition, value, options)
        if (options?.key !== undefined) keys.set(options.key, position)
        return position
      },
      find: async (key) => keys.get(key) ?? null,
    }
  })],
  ['has one partition whatever was asked for', 'counts offsets from 0 in each partition', broken(undefined, (options) => ({ ...options, partitions: 1 }))],
  ['never unsubscribes', 'tells subscribers of a partition, until they unsubscribe', broken((good) => ({
    subscribe: (partition, listener) => {
      good.subscribe(partition, listener)
      return () => {}
    },
  }))],
  ['works on after it was closed', 'waits for pending appends when it closes, and refuses work afterwards', broken(() => ({ close: async () => {} }))],
]

describe('the contract of logs', () => {
  it.each(Object.entries(eventLogContract))('is content with the log that the faults are built into: %s', (_, contract) => contract(broken()))

  it.each(faults)('notices a log that %s', async (_, noticedBy, open) => {
    await expect(eventLogContract[noticedBy](open)).rejects.toThrow()
  })
})
