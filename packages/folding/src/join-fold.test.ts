import { ForageError } from '@forage/domain'
import type { EventLog } from '@forage/event-log'
import { createMemoryLog } from '@forage/event-log/memory'
import type { CheckpointStore, GroupStore, Store } from '@forage/store'
import { createMemoryStore } from '@forage/store/memory'
import seedrandom from 'seedrandom'
import { describe, expect, it } from 'vitest'
import { foldOnce } from './fold-once.ts'
import { assign } from './group/assignment.ts'
import { joinFold, type GroupFold } from './join-fold.ts'
import { RegressingStore } from './testing/regressing-store.ts'
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
  readonly #connect: () => CheckpointStore
  readonly processes: Process[] = []
  readonly errors: unknown[] = []
  /** The store refuses every call. */
  away = false
  /** Whether the answer of a call to the group is lost, though the call was carried out. */
  losesAnswer = () => false
  #names = 0
  #appended = 0

  /** @param connect a process's connection to the checkpoints */
  constructor(connect: (checkpoints: CheckpointStore) => CheckpointStore = (same) => same) {
    this.log = createMemoryLog({ partitions: PARTITIONS, now: () => this.timers.now() })
    this.store = createMemoryStore({ now: () => this.timers.now() })
    this.#connect = () => connect(this.store.checkpoints)
  }

  start(): Process {
    const freezer = new Freezer()
    const { documents, groups } = this.store
    const reach = <T extends object>(target: T) => freezer.slow(target, () => {
      if (this.away) throw new ForageError('store_unavailable', 'away')
    })
    const store = { checkpoints: reach(this.#connect()), documents: reach(documents), groups: reach(this.#forgetful(groups!)) }
    const fold = joinFold({
      log: this.log, store, fold: tallyFold, member: `m${this.#names++}`, lifeMs: LIFE, timers: freezer.timers(this.timers), checkpoint: { records: 7, ms: 5 },
      onError: (error) => this.errors.push(error),
    })
    const process = { freezer, fold, frozen: false }
    this.processes.push(process)
    return process
  }

  #forgetful(groups: GroupStore): GroupStore {
    return new Proxy(groups, {
      get: (target, name) => async (...given: unknown[]) => {
        const answer = await (Reflect.get(target, name) as (...values: unknown[]) => Promise<unknown>).apply(target, given)
        if (this.losesAnswer()) throw new ForageError('store_unavailable', 'no answer')
        return answer
      },
    })
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

  members(): string[] {
    return Array.from({ length: this.#names }, (_, index) => `m${index}`)
  }

  /** Over all processes that are still there. */
  total(count: (fold: GroupFold<TallyShard>) => number): number {
    return this.processes.reduce((sum, { fold }) => sum + count(fold), 0)
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
    const read = (bytes: Uint8Array) => (bytes.length === 8 ? Buffer.from(bytes).readDoubleLE() : 'damaged')
    const sums = (fields: Iterable<readonly [string, Uint8Array]>) => [...fields].map(([name, bytes]) => [name, read(bytes)]).toSorted()
    const [saved, folded]: [unknown[], unknown[]] = [[], []]
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const checkpoint = await this.#connect().load(tallyFold.name, partition)
      saved.push([checkpoint?.offset ?? 0, sums(checkpoint?.fields ?? [])])
      const { shard, next } = await foldOnce({ log: this.log, fold: tallyFold, partition })
      folded.push([next, [...shard.sums].toSorted()])
    }
    return { saved, folded }
  }
}

/** Members come, go, freeze and thaw while records arrive; `mishap` happens now and then. */
async function chaos(world: World, seed: string, rounds: number, mishap: (random: () => number) => void = () => {}): Promise<void> {
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
    } else if (dice < 0.8) mishap(random)
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

  it.each(['a', 'b', 'c', 'd'])('leaves no partition with a member that does not know it has it, when answers of the group are lost (%s)', async (seed) => {
    const world = new World()
    const random = seedrandom(`lost answers ${seed}`)
    for (let count = 0; count < 3; count++) world.start()
    for (let round = 0; round < 30; round++) {
      world.losesAnswer = () => random() < 0.4
      await world.append(8, random)
      if (round % 3 === 0) {
        void world.processes.shift()!.fold.stop()
        world.start()
      }
      await world.timers.pass(Math.floor(LIFE * random()))
      world.losesAnswer = () => false
      await world.settle()
    }
    const { saved, folded } = await world.verdict()
    expect(saved).toEqual(folded)
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

  describe('with a store that forgets', () => {
    /** The store goes back to one of the states it had, forgets the groups, or has a field spoiled. */
    async function forgetful(seed: string, { vigilant = true, read = true } = {}) {
      const shared = new RegressingStore()
      const world = new World(() => shared.client(vigilant))
      const past: (() => void)[] = []
      const report = () => read && shared.report()
      await chaos(world, seed, 80, (random) => {
        const dice = random()
        if (dice < 0.4) past.push(shared.remember())
        else if (dice < 0.7) past[Math.floor(past.length * random())]?.()
        else if (dice < 0.85) for (const name of world.members()) void world.store.groups!.leave(tallyFold.name, name)
        else shared.damage(Math.floor(PARTITIONS * random()))
        report()
      })
      shared.damage(3)
      await world.timers.pass(LIFE) // by then everybody has asked how things stand
      for (let patience = 0; report() && patience < 40; patience++) await world.timers.pass(1000)
      await world.settle()
      const { saved, folded } = await world.verdict()
      return { world, right: JSON.stringify(saved) === JSON.stringify(folded) }
    }

    const seeds = Array.from({ length: 16 }, (_, index) => `forget ${index}`)

    it('comes to the same sums', async () => {
      let [regressed, rebuilt] = [0, 0]
      for (const seed of seeds) {
        const { world, right } = await forgetful(seed)
        expect(right, seed).toBe(true)
        expect(world.errors.filter((error) => !['fenced', 'corrupt_state'].includes((error as ForageError).code)), seed).toEqual([])
        regressed += world.total((fold) => fold.regressed())
        rebuilt += world.total((fold) => fold.rebuilt())
      }
      expect(Math.min(regressed, rebuilt)).toBeGreaterThanOrEqual(seeds.length)
    })

    it.each([['believed the store', { vigilant: false }], ['did not read what is saved', { read: false }]])('would not if it %s', async (_, broken) => {
      const right = []
      for (const seed of seeds.slice(0, 8)) right.push(await forgetful(seed, broken).then((outcome) => outcome.right))
      expect(right).toContain(false)
    })
  })

  it('leaves within seconds when the store does not answer, and goes on beating when it is away', async () => {
    const world = new World()
    const [first, second] = [world.start(), world.start()]
    await world.append(40, seedrandom('away'))
    await world.settle()
    await world.timers.pass(3 * LIFE)
    expect(first.fold.owned.length).toBe(3)
    world.away = true
    await world.append(10, seedrandom('meanwhile'))
    await world.timers.pass(5 * LIFE)
    expect([first.fold.members, first.fold.owned.length, second.fold.owned.length]).toEqual([[], 3, 3])
    world.away = false
    await world.timers.pass(6000) // the pauses between attempts have grown
    await world.settle()
    expect([first.fold.owned.length, second.fold.owned.length, first.fold.fenced() + second.fold.fenced()]).toEqual([3, 3, 0])
    second.freezer.freezeCalls()
    const left = { after: Infinity }
    void second.fold.stop().then(() => (left.after = world.timers.now() - start))
    const start = world.timers.now()
    await world.timers.pass(16_000)
    expect(left.after).toBeLessThanOrEqual(15_000)
    expect(first.fold.owned.length).toBe(6)
    for (const { freezer } of world.processes) freezer.thaw()
    const { saved, folded } = await world.verdict()
    expect(saved).toEqual(folded)
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
