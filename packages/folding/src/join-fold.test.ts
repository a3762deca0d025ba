import type { EventLog } from '@forage/event-log'
import { createMemoryLog } from '@forage/event-log/memory'
import type { CheckpointStore, Store } from '@forage/store'
import { createMemoryStore } from '@forage/store/memory'
import seedrandom from 'seedrandom'
import { describe, expect, it } from 'vitest'
import { foldOnce } from './fold-once.ts'
import { assign } from './group/assignment.ts'
import { joinFold, type GroupFold } from './join-fold.ts'
import { encodeTally, tallyFold, type TallyShard } from './testing/tally-fold.ts'
import { Freezer, VirtualTimers } from './testing/virtual-timers.ts'

const PARTITIONS = 6
const LIFE = 60

interface Process {
  readonly freezer: Freezer
  readonly fold: GroupFold<TallyShard>
  frozen: boolean
}

class World {
  readonly timers = new VirtualTimers()
  readonly log: EventLog
  readonly store: Store
  readonly checkpoints: CheckpointStore
  readonly processes: Process[] = []
  readonly errors: unknown[] = []
  #names = 0
  #appended = 0

  constructor(change: (checkpoints: CheckpointStore) => CheckpointStore = (same) => same) {
    this.log = createMemoryLog({ partitions: PARTITIONS, now: () => this.timers.now() })
    this.store = createMemoryStore({ now: () => this.timers.now() })
    this.checkpoints = change(this.store.checkpoints)
  }

  start(): Process {
    const freezer = new Freezer()
    const { documents, groups } = this.store
    const store = { checkpoints: freezer.slow(this.checkpoints), documents: freezer.slow(documents), groups: freezer.slow(groups!) }
    const fold = joinFold({
      log: this.log, store, fold: tallyFold, member: `m${this.#names++}`, lifeMs: LIFE, timers: freezer.timers(this.timers), checkpoint: { records: 7, ms: 5 },
      onError: (error) => this.errors.push(error),
    })
    const process = { freezer, fold, frozen: false }
    this.processes.push(process)
    return process
  }

  async append(count: number, random: () => number): Promise<void> {
    for (let index = 0; index < count; index++) {
      const id = `${'abc'[Math.floor(3 * random())]}${this.#appended++}`
      const partition = Math.floor(PARTITIONS * random())
      await this.log.append(partition, encodeTally({ op: 'open', id, n: Math.floor(9 * random()) - 4 }))
      if (random() < 0.8) await this.log.append(partition, encodeTally({ op: 'close', id }))
      if (random() < 0.3) await this.log.append(partition, encodeTally({ op: 'late', id, n: Math.floor(9 * random()) - 4 }))
    }
  }

  /** Until every partition has been folded to its end by somebody. */
  async settle(): Promise<void> {
    const ends = await Promise.all(Array.from({ length: PARTITIONS }, (_, partition) => this.log.end(partition)))
    const done = () => ends.every((end, partition) => this.processes.some(({ fold, frozen }) => !frozen && fold.position(partition) >= end && fold.shard(partition) !== null))
    for (let round = 0; !done(); round++) {
      if (round > 200) throw new Error(`not folded to the end: ${JSON.stringify(this.processes.map(({ fold }) => [fold.owned, fold.members, fold.owned.map((p) => fold.failure(p))]))}`)
      await this.timers.pass(5)
    }
  }

  /** What is saved once everybody has stopped, and what the log says. */
  async verdict(): Promise<{ saved: unknown[]; folded: unknown[] }> {
    const ending = this.processes.map(({ fold }) => fold.stop())
    const state = { ended: false }
    void Promise.all(ending).then(() => (state.ended = true))
    while (!state.ended) await this.timers.pass(10)
    const hex = (fields: Iterable<readonly [string, Uint8Array]>) => [...fields].map(([name, bytes]) => [name, Buffer.from(bytes).readDoubleLE()]).toSorted()
    const [saved, folded]: [unknown[], unknown[]] = [[], []]
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const checkpoint = await this.store.checkpoints.load(tallyFold.name, partition)
      saved.push([checkpoint?.offset ?? 0, hex(checkpoint?.fields ?? [])])
      const { shard, next } = await foldOnce({ log: this.log, fold: tallyFold, partition })
      folded.push([next, [...shard.sums].toSorted()])
    }
    return { saved, folded }
  }
}

/** Members come, go, freeze and thaw while records arrive. */
async function chaos(world: World, seed: string, rounds: number): Promise<void> {
  const random = seedrandom(seed)
  world.start()
  for (let round = 0; round < rounds; round++) {
    await world.append(8, random)
    const dice = random()
    const some = world.processes[Math.floor(world.processes.length * random())]
    if (dice < 0.2 && world.processes.length < 4) world.start()
    else if (dice < 0.3 && some !== undefined && !some.frozen && world.processes.length > 1) {
      world.processes.splice(world.processes.indexOf(some), 1)
      void some.fold.stop()
    } else if (dice < 0.6 && some !== undefined) {
      if (some.frozen) some.freezer.thaw()
      else some.freezer.freeze()
      some.frozen = !some.frozen
    }
    await world.timers.pass(Math.floor(40 * random()))
  }
  for (const process of world.processes) {
    process.freezer.thaw()
    process.frozen = false
  }
  if (world.processes.length === 0) world.start()
  await world.settle()
}

describe('assign', () => {
  it('gives every partition to one member, evenly, and moves few', () => {
    const random = seedrandom('assign')
    for (let round = 0; round < 200; round++) {
      const members = Array.from({ length: 1 + Math.floor(9 * random()) }, () => `m${Math.floor(1e6 * random())}`).toSorted()
      const partitions = Math.floor(64 * random())
      const owners = assign(members, partitions)
      expect(owners.length).toBe(partitions)
      const loads = members.map((member) => owners.filter((owner) => owner === member).length)
      expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(1)
      const more = assign([...members, 'new'].toSorted(), partitions)
      const moved = owners.filter((owner, partition) => more[partition] !== owner && more[partition] !== 'new').length
      expect(moved).toBeLessThanOrEqual(partitions / 2)
    }
    expect(assign([], 5)).toEqual([])
  })
})

describe('joinFold', () => {
  it('shares the partitions, and hands them over without a fence', async () => {
    const world = new World()
    const first = world.start()
    await world.append(40, seedrandom('share'))
    await world.settle()
    expect(first.fold.owned).toEqual([0, 1, 2, 3, 4, 5])
    const second = world.start()
    await world.timers.pass(3 * LIFE)
    expect([first.fold.owned.length, second.fold.owned.length]).toEqual([3, 3])
    await world.append(40, seedrandom('share more'))
    await world.settle()
    world.processes.shift()
    void first.fold.stop()
    await world.timers.pass(LIFE)
    expect(second.fold.owned).toEqual([0, 1, 2, 3, 4, 5])
    expect(first.fold.fenced() + second.fold.fenced()).toBe(0)
    const { saved, folded } = await world.verdict()
    expect(saved).toEqual(folded)
    expect(world.errors).toEqual([])
  })

  it.each(['a', 'b', 'c', 'd', 'e', 'f'])('comes to the same sums whoever comes, goes, freezes and thaws (%s)', async (seed) => {
    const world = new World()
    await chaos(world, seed, 60)
    const { saved, folded } = await world.verdict()
    expect(saved).toEqual(folded)
    expect(world.errors.every((error) => (error as { code?: string }).code === 'fenced')).toBe(true)
  })

  it('would not without the fence', async () => {
    // writes whatever it is told, like HSET
    const unfenced = (checkpoints: CheckpointStore): CheckpointStore => {
      const save: CheckpointStore['save'] = async (fold, partition, write) => {
        const epoch = await checkpoints.acquire(fold, partition)
        const [before, fields] = [await checkpoints.load(fold, partition), new Map(write.fields)]
        if (before !== null) {
          for (const [name, bytes] of before.fields) if (!fields.has(name)) fields.set(name, bytes)
          if (before.offset > write.offset) await checkpoints.discard(fold, partition, epoch)
        }
        await checkpoints.save(fold, partition, { ...write, epoch, fields })
      }
      return { acquire: async () => 1, standing: async () => 'owned', save, load: (...of) => checkpoints.load(...of), entries: (...of) => checkpoints.entries(...of), discard: async () => {} }
    }
    const wrong = []
    for (const seed of ['a', 'b', 'c', 'd', 'e', 'f']) {
      const world = new World(unfenced)
      await chaos(world, seed, 60)
      const { saved, folded } = await world.verdict()
      if (JSON.stringify(saved) !== JSON.stringify(folded)) wrong.push(seed)
    }
    expect(wrong.length).toBeGreaterThan(0)
  })

  it('folds again what is damaged, when a reader says so', async () => {
    const world = new World()
    const { fold } = world.start()
    await world.append(60, seedrandom('damage'))
    await world.settle()
    await world.timers.pass(50)
    const { checkpoints } = world.store
    const stored = await checkpoints.load(tallyFold.name, 2)
    await checkpoints.save(tallyFold.name, 2, { epoch: stored!.epoch, offset: stored!.offset, replayFrom: stored!.offset, fields: new Map([['a', Uint8Array.of(1)]]), entries: new Map() })
    await checkpoints.suspect!(tallyFold.name, 2)
    await world.timers.pass(LIFE)
    expect(fold.rebuilt()).toBe(1)
    await world.settle()
    const { saved, folded } = await world.verdict()
    expect(saved).toEqual(folded)
  })
})
