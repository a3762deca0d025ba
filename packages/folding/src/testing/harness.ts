import { createMemoryLog } from '@forage/event-log/memory'
import type { EventLog } from '@forage/event-log'
import type { CheckpointStore, CheckpointWrite, Store } from '@forage/store'
import { createMemoryStore } from '@forage/store/memory'
import { realTimers, type Timers } from '../timers.ts'
import { encodeTally, tallyFold, type TallyRecord } from './tally-fold.ts'

/** Timers whose pauses last one turn of the event loop (ten seconds and more: for ever); checkpoints by time come after every batch then. */
export const hastyTimers: Timers = {
  ...realTimers,
  after(ms, action) {
    if (ms >= 10_000) return () => {}
    const handle = setImmediate(action)
    return () => clearImmediate(handle)
  },
}

/** Timers whose pauses never end. */
export const frozenTimers: Timers = { ...realTimers, after: () => () => {} }

export async function logOf(records: readonly TallyRecord[]): Promise<EventLog> {
  const log = createMemoryLog({ now: () => 0 })
  for (const record of records) await log.append(0, encodeTally(record))
  return log
}

/** The same log, some of whose operations a test may replace. */
export function bound(log: EventLog): EventLog {
  return {
    name: log.name,
    partitions: log.partitions,
    append: (...given) => log.append(...given),
    read: (...given) => log.read(...given),
    start: (...given) => log.start(...given),
    end: (...given) => log.end(...given),
    offsetAt: (...given) => log.offsetAt(...given),
    find: (...given) => log.find(...given),
    subscribe: (...given) => log.subscribe(...given),
    close: () => log.close(),
  }
}

export type FaultyStore = Store & { readonly faults: Partial<CheckpointStore>; readonly good: Store }

/** A memory store, any of whose checkpoint operations a test may replace while it runs. */
export function faultyStore(): FaultyStore {
  const good = createMemoryStore()
  const faults: Partial<CheckpointStore> = {}
  const { checkpoints } = good
  return {
    ...good,
    good,
    faults,
    checkpoints: {
      acquire: (...given) => (faults.acquire ?? checkpoints.acquire.bind(checkpoints))(...given),
      load: (...given) => (faults.load ?? checkpoints.load.bind(checkpoints))(...given),
      save: (...given) => (faults.save ?? checkpoints.save.bind(checkpoints))(...given),
      discard: (...given) => (faults.discard ?? checkpoints.discard.bind(checkpoints))(...given),
      entries: (...given) => (faults.entries ?? checkpoints.entries.bind(checkpoints))(...given),
    },
  }
}

/** A copy of a write as it is now. */
export function frozen({ epoch, offset, replayFrom, fields, entries }: CheckpointWrite): CheckpointWrite {
  return { epoch, offset, replayFrom, fields: new Map(fields), entries: new Map(entries) }
}

/** Everything the store holds of the tally of partition 0, ids being `a0`, `b1` … */
export async function storedTally({ checkpoints }: Pick<Store, 'checkpoints'>, partition = 0) {
  const checkpoint = await checkpoints.load(tallyFold.name, partition)
  const ids = ['a', 'b', 'c'].flatMap((arm) => Array.from({ length: 10 }, (_, index) => `${arm}${index}`))
  const hex = (map: ReadonlyMap<string, Uint8Array>) => Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, bytes]) => [name, Buffer.from(bytes).toString('hex')]))
  return { offset: checkpoint?.offset, replayFrom: checkpoint?.replayFrom, fields: hex(checkpoint?.fields ?? new Map()), entries: hex(await checkpoints.entries(tallyFold.name, partition, ids)) }
}

export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => void setImmediate(resolve))
}

/** Waits until `condition` holds, turn by turn of the event loop; the test's own timeout is the limit. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await turns(1)
}
