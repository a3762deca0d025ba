import { type InteractionRecord, encodeRecord, toUnits } from '@forage/domain'
import type { EventLog } from '@forage/event-log'
import { createMemoryLog } from '@forage/event-log/memory'
import { type FoldRunner, runFold } from '@forage/folding'
import { createLearnerFold, digestOf, type LearnerShard } from '@forage/learner'
import type { Store } from '@forage/store'
import { createMemoryStore } from '@forage/store/memory'
import seedrandom from 'seedrandom'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { describeWithRedis, startRedis } from './redis.ts'
import { type RedisProcess, until } from './redis-process.ts'
import { closeStores, openTestStore } from './redis-writer.ts'

const DECISIONS = 3000
const fold = createLearnerFold({ recentEntries: 50 }) // so few that late feedback needs the store's side entries

/** Decisions of ten arms with feedback in the reward window, late, twice or never; made of the seed alone. */
function recordsOf(seed: string): [time: number, record: InteractionRecord][] {
  const random = seedrandom(seed)
  const pick = (n: number) => Math.floor(random() * n)
  const records: [number, InteractionRecord][] = [[0, {
    v: 1, kind: 'placement', version: 1,
    spec: {
      id: 'home', policy: { name: 'lin-ucb', model: 'disjoint', lambda: 0.5, initialPulls: 0, alpha: 1 },
      encoder: { kind: 'hashed', dimension: 4, interactions: false, intercept: true },
      reward: { expression: 'click', aggregation: 'sum', defaultReward: 0, range: [-10, 10], scaling: 'none', windowSeconds: 20, horizonSeconds: 600 },
      floor: 0.02, halfLifeSeconds: null, decisionDurability: 'buffered', examined: 'all', timeoutMs: 50,
    },
  }]]
  for (let index = 0; index < DECISIONS; index++) {
    const [time, x] = [1000 * index, [toUnits(1), pick(4096), -pick(4096), toUnits(pick(2))]]
    records.push([time, { v: 1, kind: 'decision', id: `d${index}`, placement: 'home', version: 1, model: 'home/model', snapshot: '', deferred: false, sharedLength: 0, slate: [{ id: `arm-${pick(10)}`, p: 0.5, x }] }])
    const about = Math.max(0, index - pick(300)) // of the last five minutes: most are past their window
    records.push([time, { v: 1, kind: 'feedback', decisionId: `d${about}`, event: 'click', value: 1 - 2 * random(), feedbackId: `f${pick(2)}`, final: false }])
  }
  return records
}

/** A log that is filled piece by piece. */
function growingLog(seed: string) {
  const records = recordsOf(seed)
  let now = 0
  const log = createMemoryLog({ now: () => now })
  return {
    log,
    /** Appends so many of the next records, letting others run in between. */
    async grow(count = records.length): Promise<void> {
      for (const [time, record] of records.splice(0, count)) {
        now = time
        await log.append(0, encodeRecord(record))
        await new Promise((resolve) => setImmediate(resolve))
      }
    },
  }
}

const start = (log: EventLog, store: Store) => runFold({ log, store, fold, checkpoint: { records: 100, ms: 20 }, batch: { maxRecords: 50 } })

async function digest(log: EventLog, store: Store): Promise<string> {
  const run = start(log, store)
  await run.ready
  const shard = run.shard(0)!
  const result = digestOf([shard])
  await run.stop()
  expect([run.deadLetters(), shard.counters.matured]).toEqual([0, expect.closeTo(DECISIONS, -2)]) // something was learned
  return result
}

describeWithRedis('the learner over Redis', 'processes', () => {
  let server: RedisProcess
  beforeAll(async () => void (server = await startRedis()))
  afterEach(closeStores)
  afterAll(() => server.stop())

  it('has the bits of an uninterrupted run, however often Redis and the learner are killed', async () => {
    const { log, grow } = growingLog('kill')
    const open = () => openTestStore({ url: server.url }, { prefix: 'fold-kill:' })
    let learner = await open()
    let run = start(log, learner)
    for (let kill = 0; kill < 8; kill++) {
      const growing = grow(600)
      const next = (await log.end(0)) + 300
      await until('progress', async () => run.position(0) >= next)
      await server.kill()
      await growing
      if (kill % 2 === 0) await abandon(run, learner) // Redis and learner die together; else the learner goes on by itself
      await server.start()
      if (kill % 2 === 0) run = start(log, (learner = await open()))
      await until('a checkpoint', async () => ((await learner.checkpoints.load('learner', 0))?.offset ?? 0) >= next)
    }
    await grow()
    await abandon(run, learner)
    const [resumed, clean] = [await digest(log, await open()), await digest(log, createMemoryStore())]
    expect(resumed).toBe(clean)
  }, 60_000)

  it('has them too when Redis loses everything under a running learner, which is told and folds again', async () => {
    const { log, grow } = growingLog('lost')
    const store = await openTestStore({ url: server.url })
    await grow(3000)
    const run = start(log, store)
    await run.ready
    await run.checkpoint()
    await server.command('FLUSHALL')
    await grow()
    const end = await log.end(0)
    await until('the discovery', async () => run.regressed() === 1)
    await until('the end of the log', async () => run.position(0) >= end)
    await run.stop()
    expect(await digest(log, store)).toBe(await digest(log, createMemoryStore()))
  }, 60_000)
})

/** As if the process had died: whatever it still wants to save does not arrive. */
async function abandon(run: FoldRunner<LearnerShard>, store: Store): Promise<void> {
  await store.close()
  await run.stop()
}
