import { createClient, type ForageClient } from '@forage/client'
import { ForageError } from '@forage/domain'
import { createMemoryLog } from '@forage/event-log/memory'
import { createMemoryStore } from '@forage/store/memory'
import type { Store } from '@forage/store'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { replayLog } from '../audit/replay-log.ts'
import { readConfig } from '../config.ts'
import { startLearner, type Learner } from '../learn/learner.ts'
import { startServer, type RunningServer } from '../start.ts'
import { follow } from './follow.ts'

const silent = pino({ level: 'silent' })
const config = readConfig({}, { port: 0, dataDir: null, logLevel: 'silent', learnCheckpointMs: 5, learnerLifeMs: 300 })
const candidates = ['a', 'b', 'c'].map((id) => ({ id }))

/** What a function's answer is now, whose members belong to it. */
function through<T extends object>(target: () => T, over: Partial<T> = {}): T {
  return new Proxy({} as T, {
    get(_, name) {
      if (Object.hasOwn(over, name)) return Reflect.get(over, name) as unknown
      const now = target()
      const value = Reflect.get(now, name) as unknown
      return typeof value === 'function' ? (value.bind(now) as unknown) : value
    },
  })
}
const close = async () => {} // drivers outlive the processes that are given them

/** A store whose content can be lost under those who use it. */
function losableStore(): { store: Store; lose(): void } {
  let now = createMemoryStore()
  const store: Store = { name: 'losable', checkpoints: through(() => now.checkpoints), documents: through(() => now.documents), cache: through(() => now.cache), groups: through(() => now.groups!), close }
  return { store, lose: () => (now = createMemoryStore()) }
}

let log: ReturnType<typeof createMemoryLog>
let shared: ReturnType<typeof losableStore>
let servers: RunningServer[] = []
let clients: ForageClient[]
let learners: Learner[] = []

beforeEach(async () => {
  log = createMemoryLog({ partitions: 4, now: Date.now })
  shared = losableStore()
  const drivers = { log: through(() => log, { close }), store: shared.store, learnsElsewhere: true }
  learners = [startLearner(drivers, config, silent), startLearner(drivers, config, silent)]
  servers = [await startServer(config, { drivers, logger: silent }), await startServer(config, { drivers, logger: silent })]
  clients = servers.map(({ url }) => createClient({ url, retries: 0 }))
})
afterEach(async () => {
  for (const running of [...servers, ...learners]) await running.close()
})

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 20_000; !(await holds()); await new Promise((resolve) => void setImmediate(resolve))) if (performance.now() > end) throw new Error(`not in time: ${what}`)
}

async function play(rounds: number): Promise<void> {
  const positions = []
  for (let round = 0; round < rounds; round++) {
    const { decisionId, items } = await clients[round % 2]!.recommend({ placement: 'home', context: { n: round % 3 }, candidates })
    positions.push((await clients[(round + 1) % 2]!.feedback({ decisionId, event: 'click', value: items[0]!.id === 'b' ? 1 : 0, final: true })).position!)
  }
  for (const client of clients) for (const position of positions) expect(await client.waitLearned(position)).toMatchObject({ learned: true })
}

const definition = { policy: { name: 'linear-thompson', model: 'disjoint' }, reward: { expression: 'click', windowSeconds: 600 } } as const

async function servedEqualsLog(): Promise<void> {
  const [first, second] = await Promise.all(clients.map((client) => client.learning()))
  expect(second!.digest).toBe(first!.digest)
  expect((await replayLog(log, first!.partitions.map(({ applied }) => applied))).digest).toBe(first!.digest)
}

it('serves on every replica what learners elsewhere have learned', async () => {
  await clients[0]!.putPlacement('home', definition)
  await until('the other replica knows the placement', async () => servers[1]!.runtime.servings.has('home'))
  await play(40)
  await servedEqualsLog()
  expect(learners.map(({ fold }) => fold.owned.length)).toEqual([2, 2])
})

it('goes on when the store loses everything: decisions from memory, then definitions, catalogs and posterior as they were', async () => {
  await clients[0]!.putPlacement('home', { ...definition, floor: 0.1 })
  await clients[0]!.putPlacement('home', definition)
  await clients[0]!.putItems('home', [{ id: 'x', features: { n: 1 } }])
  await until('the other replica knows the placement', async () => servers[1]!.runtime.servings.get('home')?.definition.version === 2)
  await play(20)
  const before = await clients[0]!.learning()
  shared.lose()
  expect((await clients[0]!.recommend({ placement: 'home', context: { n: 1 }, candidates })).items).toHaveLength(1)
  await until('definitions are written back', async () => (await shared.store.documents.get('placement', 'home'))?.version === 2)
  expect(await shared.store.documents.get('catalog', 'home')).toMatchObject({ version: 1, body: { items: [{ id: 'x' }] } })
  await until('the log is folded again', async () => (await Promise.all(Array.from({ length: 4 }, (_, partition) => shared.store.checkpoints.load('learner', partition)))).every((saved) => saved !== null))
  await play(4)
  expect((await clients[1]!.learning()).counters['matured']).toBe(before.counters['matured']! + 4)
  await servedEqualsLog()
})

it('takes definitions from the log when nobody remembers them, and gives their numbers to no others', async () => {
  await clients[0]!.putPlacement('home', { ...definition, floor: 0.1 })
  await clients[0]!.putPlacement('home', { ...definition, floor: 0.2 })
  for (const server of servers.splice(0)) await server.close()
  shared.lose()
  servers = [await startServer(config, { drivers: { log: through(() => log, { close }), store: shared.store, learnsElsewhere: true }, logger: silent })]
  clients = servers.map(({ url }) => createClient({ url, retries: 0 }))
  await until('the placement is served again', async () => servers[0]!.runtime.servings.get('home')?.definition.version === 2)
  expect(servers[0]!.runtime.servings.get('home')!.definition.spec.floor).toBe(0.2)
  expect(await clients[0]!.putPlacement('home', definition)).toMatchObject({ version: 3 })
})

it('keeps the last good snapshot when a checkpoint is damaged, tells its owner, and serves what is folded anew', async () => {
  await clients[0]!.putPlacement('home', definition)
  await until('the other replica knows the placement', async () => servers[1]!.runtime.servings.has('home'))
  await play(20)
  const { checkpoints } = shared.store
  const [observations] = servers.map(({ runtime }) => runtime.servings.get('home')!.current.snapshot.count)
  const { epoch, offset, fields } = (await checkpoints.load('learner', 1))!
  const [name] = [...fields.keys()].filter((field) => field.includes('/arm/'))
  await checkpoints.save('learner', 1, { epoch, offset, replayFrom: offset, fields: new Map([[name!, Uint8Array.of(1, 2, 3)]]), entries: new Map() })
  await until('both replicas refuse it', async () => servers.every(({ runtime }) => runtime.meter.snapshotsRejected > 0))
  expect(servers.map(({ runtime }) => runtime.servings.get('home')!.current.snapshot.count)).toEqual([observations, observations])
  await until('its owner folds it anew', async () => learners.some(({ fold }) => fold.rebuilt() === 1))
  await play(4)
  await servedEqualsLog()
})

it('takes a head that cannot be read for damage, not for a store that is away', async () => {
  await clients[0]!.putPlacement('home', definition)
  await until('the other replica knows the placement', async () => servers[1]!.runtime.servings.has('home'))
  await play(4)
  let refused = 0
  const damaged = follow({
    checkpoints: through(() => shared.store.checkpoints, { changesSince: () => Promise.reject(new ForageError('corrupt_state', 'a head of the wrong shape')) }),
    partitions: 4, pollMs: 5,
    onApplied: () => {}, onRegressed: () => {}, onAway: (error) => expect.unreachable(String(error)), onDamaged: () => void refused++,
  })
  await damaged.ready
  expect([refused, damaged.storeAway]).toEqual([4, false])
  await damaged.stop()
})
