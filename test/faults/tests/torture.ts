import seedrandom from 'seedrandom'
import { setTimeout as pause } from 'node:timers/promises'
import type { FaultTest, Outcome, Settings } from '../fault-test.ts'
import { Producer } from '../traffic/producer.ts'
import { judge } from '../verdict/judge.ts'
import { Corner } from '../world/corner.ts'
import type { Learner } from '../world/learner.ts'
import { startReplica } from '../world/replica.ts'
import { Squad } from '../world/squad.ts'
import { waitUntil } from '../world/wait.ts'
import type { World } from '../world/world.ts'

const SHORT = { events: 20_000, kills: 6, zombies: 3, redisKills: 2, brokerKills: 1, learners: 3, partitions: 8 }
const LONG = { events: 1_000_000, kills: 200, zombies: 100, redisKills: 30, brokerKills: 10, learners: 3, partitions: 8 }

type Kind = 'kill' | 'zombie' | 'redis' | 'broker'

/**
 * The big run: learners are killed and frozen, Redis and the broker are killed, while traffic goes on. Faults are spread over the run by how much
 * was sent, so that each meets work under way, however fast the machine is.
 */
export const torture: FaultTest = {
  name: 'torture',
  what: 'learners killed and frozen, Redis and the broker killed, under traffic',
  run: runTorture,
}

async function runTorture(world: World, { seed, long, sizes, say }: Settings): Promise<Outcome> {
  const size = { ...(long ? LONG : SHORT), ...sizes }
  const random = seedrandom(`torture ${seed}`)
  const kinds = [...repeat('kill', size.kills), ...repeat('zombie', size.zombies), ...repeat('redis', size.redisKills), ...repeat('broker', size.brokerKills)]
  const faults = kinds.map((kind) => ({ kind, place: random() })).toSorted((a, b) => a.place - b.place)
  const corner = await Corner.open(world, { partitions: size.partitions })
  try {
    const began = performance.now()
    const producer = new Producer(corner.log, { events: size.events, seed: `traffic ${seed}`, poison: Math.min(0.002, 2000 / size.events) })
    await producer.begin()
    const squad = new Squad(corner, size.learners)
    await squad.untilCovered()
    const replica = await startReplica(corner, world)
    const each = Math.ceil(size.events / (faults.length + 1))
    const done: Record<Kind, number> = { kill: 0, zombie: 0, redis: 0, broker: 0 }
    for (const [index, { kind }] of faults.entries()) {
      const before = Math.floor(each * (0.2 + 0.6 * random()))
      await producer.send(before)
      const rest = producer.send(each - before)
      await pause(60 * random()) // learners are at it
      await inject(kind, { world, squad, random })
      await rest
      done[kind] += 1
      if (index % 10 === 9) say(`${index + 1} of ${faults.length} faults, ${producer.sent} records, ${Math.round((performance.now() - began) / 1000)} s`)
    }
    while (!producer.done) await producer.send(each)
    const ends = await producer.finish()
    await squad.untilSaved(ends)
    const ranSeconds = Math.round((performance.now() - began) / 1000)
    const { crashed } = squad
    await squad.stopAll()
    const verdict = await judge({ log: corner.log, store: corner.store, ends, acknowledged: producer.acknowledged })
    const served = await replica.digestAt(ends)
    const counts = { fenced: squad.count('fenced'), regressed: squad.count('regressed'), rebuilt: squad.count('rebuilt'), appendsRetried: producer.retried }
    const enough = done.kill === size.kills && done.zombie === size.zombies && done.redis === size.redisKills && done.broker === size.brokerKills && producer.sent >= size.events
    return { ...verdict, wrong: [...verdict.wrong, ...crashed], served, ok: verdict.ok && crashed.length === 0 && enough && served === verdict.refolded, done, ...counts, ranSeconds }
  } finally {
    await corner.close()
  }
}

const repeat = (kind: Kind, times: number): Kind[] => Array.from({ length: times }, () => kind)

async function inject(kind: Kind, { world, squad, random }: { world: World; squad: Squad; random: () => number }): Promise<void> {
  switch (kind) {
    case 'kill': {
      const victim = await someoneAtWork(squad, random)
      await squad.kill(victim)
      squad.add()
      return
    }
    case 'zombie': {
      const victim = await someoneAtWork(squad, random)
      victim.freeze()
      await squad.untilCovered()
      victim.thaw() // it goes on where it was, and knows of nothing
      return
    }
    case 'redis':
      await world.redis.kill()
      await pause(300 * random())
      await world.redis.start()
      return
    case 'broker':
      await world.kafka.own.kill()
      await pause(500 * random())
      await world.kafka.own.restart()
  }
}

async function someoneAtWork(squad: Squad, random: () => number): Promise<Learner> {
  const busy = () => squad.learners.filter(({ report, running }) => running && report.owned.length > 0 && report.positions.some((position) => position > 0))
  await waitUntil('a learner at work', () => busy().length > 0)
  const able = busy()
  return able[Math.floor(able.length * random())]!
}
