import { ForageError } from '@forage/domain'
import { createMemoryLog } from '@forage/event-log/memory'
import type { Document } from '@forage/store'
import { createMemoryStore } from '@forage/store/memory'
import { describe, expect, it } from 'vitest'
import { DEAD_LETTER, type DeadLetter } from './dead-letters.ts'
import { foldOnce } from './fold-once.ts'
import { runFold } from './run-fold.ts'
import { bound, faultyStore, frozen, frozenTimers, hastyTimers, logOf, storedTally, turns, until } from './testing/harness.ts'
import { RegressingStore } from './testing/regressing-store.ts'
import { encodeTally, tallyFold, type TallyRecord } from './testing/tally-fold.ts'
import { VirtualTimers } from './testing/virtual-timers.ts'
import { realTimers } from './timers.ts'

const away = () => new ForageError('store_unavailable', 'away')
const pairs = (count: number): TallyRecord[] => Array.from({ length: count }, (_, index) => (index % 2 === 0 ? { op: 'open', id: 'a0', n: 1 } : { op: 'close', id: 'a0' }))

describe('runFold', () => {
  it('is ready at the end it saw, follows the log, and says where it is', async () => {
    const log = await logOf(pairs(2500))
    const seen: number[] = []
    const run = runFold({ log, store: createMemoryStore(), fold: tallyFold, onApplied: (partition, shard, next) => {
      expect(partition).toBe(0)
      expect(shard.sums.get('a') ?? 0).toBe(Math.floor(next / 2)) // never in the middle of a record, never ahead of its offset
      seen.push(next)
    } })
    await run.ready
    expect(run.position(0)).toBe(2500)
    const position = await log.append(0, encodeTally({ op: 'open', id: 'a0', n: 1 }))
    await run.waitFor(position, 1000)
    expect(run.position(0)).toBe(2501)
    expect([seen[0], seen.at(-1)]).toEqual([0, 2501])
    await run.stop()
    expect(() => run.position(1)).toThrow(expect.objectContaining({ code: 'internal' }))
  })

  it('folds the partitions it is given', async () => {
    const log = createMemoryLog({ partitions: 3 })
    for (const partition of [0, 1, 2]) for (const record of pairs(2 * partition + 2)) await log.append(partition, encodeTally(record))
    const store = createMemoryStore()
    const run = runFold({ log, store, fold: tallyFold, partitions: [1, 2] })
    await run.ready
    await run.checkpoint()
    expect([run.shard(1)!.sums.get('a'), run.shard(2)!.sums.get('a')]).toEqual([2, 3])
    expect([(await storedTally(store, 0)).offset, (await storedTally(store, 1)).offset, (await storedTally(store, 2)).offset]).toEqual([undefined, 4, 6])
    await run.stop()
  })

  it('saves after so many records, on demand, when time is up and when it stops', async () => {
    const log = await logOf(pairs(10))
    const store = createMemoryStore()
    const append = async (count: number) => {
      for (const record of pairs(count)) await log.append(0, encodeTally(record))
    }
    const run = runFold({ log, store, fold: tallyFold, checkpoint: { records: 8, ms: 1e9 }, timers: frozenTimers })
    await run.ready
    await until(async () => (await storedTally(store)).offset === 10)
    await append(4)
    await turns(20)
    expect((await storedTally(store)).offset).toBe(10)
    await run.checkpoint()
    expect((await storedTally(store)).offset).toBe(14)
    await append(2)
    await run.waitFor({ partition: 0, offset: 15 }, 1e9)
    await run.stop()
    expect((await storedTally(store)).offset).toBe(16)
    const hasty = runFold({ log, store, fold: tallyFold, checkpoint: { records: 1e6, ms: 1 }, timers: hastyTimers })
    await hasty.ready
    await append(2)
    await until(async () => (await storedTally(store)).offset === 18)
    await hasty.stop()
  })

  it('saves what has changed, not what was saved before', async () => {
    const log = await logOf([])
    const store = faultyStore()
    const writes: string[][] = []
    store.faults.save = (fold, partition, write) => {
      writes.push([...write.fields.keys(), ...write.entries.keys()])
      return store.good.checkpoints.save(fold, partition, write)
    }
    const run = runFold({ log, store, fold: tallyFold, checkpoint: { ms: 1e9 } })
    await run.ready
    for (const id of ['a0', 'b1']) {
      await log.append(0, encodeTally({ op: 'open', id, n: 1 }))
      await run.waitFor(await log.append(0, encodeTally({ op: 'close', id })), 60_000)
      await run.checkpoint()
    }
    await run.stop()
    expect(writes).toEqual([['a', 'a0'], ['b', 'b1']])
  })

  it('stops at a takeover: the old owner writes nothing more and drops what it has', async () => {
    const log = await logOf(pairs(10))
    const store = faultyStore()
    let release = () => {}
    const gate = new Promise<void>((resolve) => (release = resolve))
    const errors: unknown[] = []
    store.faults.save = async (fold, partition, write) => {
      const late = frozen(write)
      await gate
      await store.good.checkpoints.save(fold, partition, late)
    }
    const old = runFold({ log, store, fold: tallyFold, checkpoint: { records: 4, ms: 1e9 }, onError: (error) => errors.push(error) })
    await old.ready
    const successor = runFold({ log, store: store.good, fold: tallyFold, checkpoint: { records: 4, ms: 1e9 } })
    await successor.ready
    await successor.checkpoint()
    const waiting = expect(old.waitFor({ partition: 0, offset: 1000 }, 60_000)).rejects.toMatchObject({ code: 'fenced' })
    release()
    await waiting
    expect(old.failure(0)).toMatchObject({ code: 'fenced' })
    expect(old.shard(0)).toBeNull()
    expect(errors).toEqual([expect.objectContaining({ code: 'fenced' })])
    await expect(old.checkpoint()).rejects.toMatchObject({ code: 'fenced' })
    await old.stop()
    await successor.stop()
    expect(await storedTally(store.good)).toMatchObject({ offset: 10, fields: { a: Buffer.from(Float64Array.of(5).buffer).toString('hex') } })
  })

  it('folds on in memory while the store is away, and loses nothing', async () => {
    const log = await logOf([...pairs(6), { op: 'late', id: 'a0', n: 5 }, ...pairs(6), { op: 'late', id: 'a0', n: -2 }])
    const store = faultyStore()
    let [saves, reads, errors] = [0, 0, 0]
    store.faults.save = async (...given) => {
      saves += 1
      if (saves % 4 === 3) await store.good.checkpoints.save(...given) // it worked, but the answer is lost
      if (saves % 4 !== 0) throw away()
      await store.good.checkpoints.save(...given)
    }
    store.faults.entries = async (...given) => {
      if (reads++ % 3 !== 2) throw away()
      return store.good.checkpoints.entries(...given)
    }
    const run = runFold({ log, store, fold: tallyFold, checkpoint: { records: 2, ms: 1e9 }, batch: { maxRecords: 3 }, timers: hastyTimers, onError: () => (errors += 1) })
    await run.ready
    await run.checkpoint()
    await run.stop()
    expect(errors).toBeGreaterThan(4)
    const clean = createMemoryStore()
    const undisturbed = runFold({ log, store: clean, fold: tallyFold })
    await undisturbed.ready
    await undisturbed.stop()
    expect(await storedTally(store.good)).toEqual(await storedTally(clean))
  })

  it('does not run ahead of a store that stays away for ever', async () => {
    const log = await logOf(pairs(1000))
    const store = faultyStore()
    store.faults.save = () => Promise.reject(away())
    const run = runFold({ log, store, fold: tallyFold, checkpoint: { records: 10, ms: 1e9 }, batch: { maxRecords: 10 }, timers: frozenTimers })
    await until(() => run.position(0) >= 200)
    await turns(100)
    expect(run.position(0)).toBeLessThanOrEqual(210)
    await run.stop()
    expect(run.failure(0)).toMatchObject({ code: 'shutting_down' })
    await expect(run.ready).rejects.toMatchObject({ code: 'shutting_down' })
  })

  it('retries the start while the store is away', async () => {
    const log = await logOf(pairs(4))
    const store = faultyStore()
    let refusals = 3
    store.faults.acquire = async (...given) => {
      if (refusals-- > 0) throw away()
      return store.good.checkpoints.acquire(...given)
    }
    const run = runFold({ log, store, fold: tallyFold, timers: hastyTimers })
    await run.ready
    expect(run.shard(0)!.sums.get('a')).toBe(2)
    await run.stop()
  })

  it('refuses a log that is shorter than what was folded, and folds again what it cannot read', async () => {
    const store = createMemoryStore()
    const first = runFold({ log: await logOf(pairs(10)), store, fold: tallyFold })
    await first.ready
    await first.stop()
    const lost = runFold({ log: await logOf(pairs(6)), store, fold: tallyFold })
    await expect(lost.ready).rejects.toMatchObject({ code: 'corrupt_state', message: expect.stringContaining('ends at 6') })
    const epoch = await store.checkpoints.acquire(tallyFold.name, 0)
    await store.checkpoints.save(tallyFold.name, 0, { epoch, offset: 10, replayFrom: 10, fields: new Map([['a', Uint8Array.of(1)]]), entries: new Map() })
    const damaged = runFold({ log: await logOf(pairs(10)), store, fold: tallyFold })
    await damaged.ready
    expect(damaged.rebuilt()).toBe(1)
    expect([...damaged.shard(0)!.sums]).toEqual([...(await foldOnce({ log: await logOf(pairs(10)), fold: tallyFold, partition: 0 })).shard.sums])
    await lost.stop()
    await damaged.stop()
  })

  it('rests after a save that took long, whatever arrives meanwhile', async () => {
    const timers = new VirtualTimers()
    const store = faultyStore()
    const began: number[] = []
    store.faults.save = async (...given) => {
      began.push(timers.now())
      await new Promise<void>((resolve) => timers.after(30, resolve))
      await store.good.checkpoints.save(...given)
    }
    const log = await logOf([])
    const run = runFold({ log, store, fold: tallyFold, checkpoint: { ms: 20 }, timers })
    for (let round = 0; round < 600; round++) {
      for (const record of pairs(2)) await log.append(0, encodeTally(record))
      await timers.pass(1)
    }
    expect(began.length).toBe(4) // every 150 ms
    await timers.pass(300) // nothing more arrives
    const stopped = began.length
    await timers.pass(300)
    expect([stopped, began.length, run.saved(0)]).toEqual([5, 5, 1200])
    await run.stop()
  })

  it('is ready at the end of a log that ends in a gap', async () => {
    const log = await logOf(pairs(10))
    const run = runFold({ log: { ...bound(log), end: async () => 13 }, store: createMemoryStore(), fold: tallyFold })
    await run.ready
    expect(run.position(0)).toBe(10)
    await run.stop()
  })

  it('loads and replays when the store lost saves, and those who wait notice nothing', async () => {
    const timers = new VirtualTimers()
    const log = await logOf(pairs(10))
    const shared = new RegressingStore()
    const store = { checkpoints: shared.client(), documents: createMemoryStore().documents }
    const run = runFold({ log, store, fold: tallyFold, checkpoint: { ms: 10 }, timers })
    await timers.pass(1)
    const back = shared.remember()
    await run.waitFor({ partition: 0, offset: 9 }, 100)
    await timers.pass(20)
    expect(run.saved(0)).toBe(10)
    back()
    const position = await log.append(0, encodeTally({ op: 'nonsense' }))
    const waiting = run.waitFor({ partition: 0, offset: position.offset + 1 }, 1000) // across the restart
    await timers.pass(30)
    await log.append(0, encodeTally({ op: 'nonsense' }))
    await timers.pass(30)
    await waiting
    expect([run.regressed(), run.rebuilt(), run.saved(0)]).toEqual([1, 0, 12])
    await run.stop()
    const { offset, fields } = (await store.checkpoints.load(tallyFold.name, 0))!
    expect([offset, [...fields]]).toEqual([12, [['a', new Uint8Array(Float64Array.of(5).buffer)]]])
  })

  it('stays failed while the log cannot make good what is damaged, and tries again seldom', async () => {
    const timers = new VirtualTimers()
    const store = createMemoryStore()
    const epoch = await store.checkpoints.acquire(tallyFold.name, 0)
    await store.checkpoints.save(tallyFold.name, 0, { epoch, offset: 10, replayFrom: 10, fields: new Map([['a', Uint8Array.of(1)]]), entries: new Map() })
    const log = await logOf(pairs(10))
    let start = 4
    const errors: unknown[] = []
    const run = runFold({ log: { ...bound(log), start: async () => start }, store, fold: tallyFold, timers, onError: (error) => errors.push(error) })
    await expect(run.ready).rejects.toMatchObject({ code: 'corrupt_state' })
    await timers.pass(29_900)
    expect([errors.length, run.rebuilt(), run.shard(0)]).toEqual([1, 0, null])
    await timers.pass(200)
    expect(errors.length).toBe(2)
    expect(run.failure(0)).toMatchObject({ code: 'corrupt_state' })
    start = 0
    await timers.pass(30_100)
    expect([run.rebuilt(), run.failure(0), run.shard(0)!.sums.get('a')]).toEqual([1, null, 5])
    await run.stop()
  })

  it('does not fold again and again what stays damaged', async () => {
    const timers = new VirtualTimers()
    const store = faultyStore()
    store.faults.load = () => Promise.reject(new ForageError('corrupt_state', 'beyond help'))
    const run = runFold({ log: await logOf(pairs(10)), store, fold: tallyFold, timers })
    await expect(run.ready).rejects.toMatchObject({ code: 'corrupt_state' })
    await timers.pass(1000)
    expect(run.rebuilt()).toBe(1)
    await run.stop()
  })

  it('sets unreadable records aside, once, and goes on', async () => {
    const log = await logOf([{ op: 'open', id: 'c9', n: 1 }, { op: 'open', id: 'a0', n: 1 }, { op: 'nonsense' }, { op: 'close', id: 'a0' }, ...pairs(1)]) // `c9` stays open: everything is re-read
    await log.append(0, new Uint8Array(100_000).fill(65))
    const store = createMemoryStore()
    const told: number[] = []
    const fold = () => runFold({ log, store, fold: tallyFold, onDeadLetter: ({ offset }, error) => (expect(error.code).toBe('unreadable_record'), told.push(offset)) })
    const run = fold()
    await run.ready
    expect(run.shard(0)!.sums.get('a')).toBe(1)
    expect(run.deadLetters()).toBe(2)
    await run.stop()
    const again = fold()
    await again.ready
    await again.stop()
    expect(told).toEqual([2, 5])
    const letters: Document<DeadLetter>[] = await store.documents.list(DEAD_LETTER)
    expect(letters.map(({ id, version }) => [id, version])).toEqual([['tally:0:2', 1], ['tally:0:5', 1]])
    expect(letters[0]!.body).toEqual({ fold: 'tally', partition: 0, offset: 2, time: 0, reason: 'nonsense', payload: Buffer.from('{').toString('base64'), payloadBytes: 1 })
    expect(Buffer.from(letters[1]!.body.payload, 'base64').length).toBe(65_536)
    expect(letters[1]!.body.payloadBytes).toBe(100_000)
  })

  it('times out, and tells those who wait when it stops', async () => {
    const run = runFold({ log: await logOf([]), store: createMemoryStore(), fold: tallyFold })
    await run.ready
    await expect(run.waitFor({ partition: 0, offset: 0 }, 1)).rejects.toMatchObject({ code: 'timeout' })
    const waiting = expect(run.waitFor({ partition: 0, offset: 0 }, 60_000)).rejects.toMatchObject({ code: 'shutting_down' })
    await run.stop()
    await waiting
    await expect(run.waitFor({ partition: 0, offset: 0 }, 60_000)).rejects.toMatchObject({ code: 'shutting_down' })
  })

  it('gives the event loop its turn when a slice is over', async () => {
    let [now, turns] = [0, 0]
    const timers = { ...frozenTimers, now: () => (now += 1), turn: () => ((turns += 1), realTimers.turn()) }
    const run = runFold({ log: await logOf(pairs(1000)), store: createMemoryStore(), fold: tallyFold, batch: { sliceMs: 5 }, timers })
    await run.ready
    expect(turns).toBeGreaterThan(30) // the clock is asked every 4 records and moves 1 ms each time
    await run.stop()
  })
})

describe('foldOnce', () => {
  it('folds a range, with side entries, without a store', async () => {
    const log = await logOf([...pairs(4), { op: 'late', id: 'a0', n: 5 }, { op: 'nonsense' }, ...pairs(2)])
    const whole = await foldOnce({ log, fold: tallyFold, partition: 0 })
    expect([whole.shard.sums.get('a'), whole.next, whole.deadLetters]).toEqual([8, 8, 1])
    const part = await foldOnce({ log, fold: tallyFold, partition: 0, from: 2, to: 4 })
    expect([part.shard.sums.get('a'), part.next, part.deadLetters]).toEqual([1, 4, 0])
    await expect(foldOnce({ log, fold: tallyFold, partition: 0, to: 9 })).rejects.toMatchObject({ code: 'log_unavailable' })
  })
})
