import { array, assert, asyncProperty, constantFrom, integer, oneof, record, constant } from 'fast-check'
import { ForageError } from '@forage/domain'
import type { EventLog } from '@forage/event-log'
import type { CheckpointStore } from '@forage/store'
import { expect, it } from 'vitest'
import type { Fold } from './fold.ts'
import { foldOnce } from './fold-once.ts'
import { runFold } from './run-fold.ts'
import { faultyStore, frozenTimers, logOf, storedTally, turns, type FaultyStore } from './testing/harness.ts'
import { tallyFold, TallyShard, type TallyRecord } from './testing/tally-fold.ts'

const ids = ['a0', 'a1', 'b2', 'b3', 'c4']
const tallyRecord = oneof(
  { weight: 4, arbitrary: record({ op: constant('open' as const), id: constantFrom(...ids), n: integer({ min: -3, max: 3 }) }) },
  { weight: 4, arbitrary: record({ op: constant('close' as const), id: constantFrom(...ids) }) },
  { weight: 3, arbitrary: record({ op: constant('late' as const), id: constantFrom(...ids), n: integer({ min: -3, max: 3 }) }) },
  { weight: 1, arbitrary: constant({ op: 'nonsense' as const }) },
)

/** Where a run dies: at a record, or at a save, before or after the store took it (then the answer is lost). */
type Death = { readonly at: 'record' | 'before save' | 'after save'; readonly count: number }

const dead = () => new ForageError('internal', 'killed')

function mortalFold(death: Death | null): Fold<TallyShard> {
  if (death?.at !== 'record') return tallyFold
  let left = death.count
  return {
    name: tallyFold.name,
    shard: (partition) => {
      const shard = new TallyShard(partition)
      const apply = shard.apply.bind(shard)
      shard.apply = (...given) => {
        if (left-- === 0) throw dead()
        apply(...given)
      }
      return shard
    },
  }
}

/** Makes the store take `slowness` turns on each side of a save, and die where it should. */
function setSaves(store: FaultyStore, good: CheckpointStore, death: Death | null, slowness: number): void {
  let left = death === null || death.at === 'record' ? Infinity : death.count
  store.faults.save = async (fold, partition, write) => {
    const dies = left-- === 0
    await turns(slowness)
    if (!dies || death?.at === 'after save') await good.save(fold, partition, write)
    if (dies) throw dead()
    await turns(slowness)
  }
}

interface Cut {
  /** Records per checkpoint, records per batch. */
  readonly every: number
  readonly batch: number
  readonly slowness: number
}

/** Runs with these deaths, one after the other, then once more to the end; returns what is stored. */
async function runWith(log: EventLog, deaths: readonly Death[], { every, batch, slowness }: Cut = { every: 3, batch: 4, slowness: 0 }) {
  const store = faultyStore()
  const { checkpoints } = store.good
  for (const death of [...deaths, null]) {
    setSaves(store, checkpoints, death, slowness)
    const run = runFold({ log, store, fold: mortalFold(death), checkpoint: { records: every, ms: 1e9 }, batch: { maxRecords: batch }, timers: frozenTimers })
    if (death === null) await run.ready
    else await run.ready.catch(() => {})
    await run.stop()
  }
  return storedTally(store.good)
}

async function oracle(log: EventLog) {
  const { shard } = await foldOnce({ log, fold: tallyFold, partition: 0 })
  return Object.fromEntries([...shard.sums].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function sumsOf({ fields }: Awaited<ReturnType<typeof storedTally>>) {
  return Object.fromEntries(Object.entries(fields).map(([arm, hex]) => [arm, Buffer.from(hex, 'hex').readDoubleLE()]))
}

const story: TallyRecord[] = [
  { op: 'open', id: 'a0', n: 1 }, { op: 'open', id: 'b2', n: 2 }, { op: 'close', id: 'a0' }, { op: 'late', id: 'a0', n: 2 }, { op: 'nonsense' },
  { op: 'open', id: 'c4', n: 3 }, { op: 'late', id: 'a0', n: -1 }, { op: 'close', id: 'c4' }, { op: 'late', id: 'c4', n: -3 }, { op: 'late', id: 'b2', n: 1 },
  { op: 'close', id: 'b2' }, { op: 'late', id: 'c4', n: 2 }, { op: 'late', id: 'b2', n: 1 }, { op: 'open', id: 'a1', n: 1 }, { op: 'late', id: 'a0', n: 1 },
]

it('comes to the same bytes from every single point where it can be killed', async () => {
  const log = await logOf(story)
  const clean = await runWith(log, [])
  expect(sumsOf(clean)).toEqual(await oracle(log))
  expect(clean.offset).toBe(story.length)
  expect(clean.replayFrom).toBe(13) // `a1` is still open
  for (let count = 0; count <= story.length; count++)
    for (const at of ['record', 'before save', 'after save'] as const) expect(await runWith(log, [{ at, count }]), `${at} ${count}`).toEqual(clean)
})

it('comes to the same bytes whatever is logged, however it is cut and however often it is killed', async () => {
  const death = record({ at: constantFrom<Death['at'][]>('record', 'before save', 'after save'), count: integer({ min: 0, max: 12 }) })
  const cut = record({ every: integer({ min: 1, max: 8 }), batch: integer({ min: 1, max: 8 }), slowness: integer({ min: 0, max: 2 }) })
  await assert(
    asyncProperty(array(tallyRecord, { minLength: 5, maxLength: 60, size: 'max' }), array(death, { minLength: 1, maxLength: 4, size: 'max' }), cut, async (records, deaths, cut) => {
      const log = await logOf(records)
      const clean = await runWith(log, [])
      expect(sumsOf(clean)).toEqual(await oracle(log))
      expect(await runWith(log, deaths, cut)).toEqual(clean)
    }),
    { numRuns: 200, seed: 7 },
  )
})
