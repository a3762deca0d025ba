import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { RawRedis } from '../broken/raw-redis.ts'
import { faultProxy } from '../../services/fault-proxy.ts'
import { startRedis } from '../../services/redis.ts'
import { staged, type Stage } from '../stage.ts'
import { waitUntil } from '../world/wait.ts'

const rounds = ({ long }: Stage, short: number) => Array.from({ length: long ? 5 * short : short })

export const redisKill = staged({
  name: 'redis-kill',
  what: 'kill -9 of Redis (AOF, synced every second), and its restart',
  control: { learner: 'offset-apart' },
  async act(stage) {
    const { producer, squad, random, world } = stage
    for (const _ of rounds(stage, 3)) {
      const sent = producer.send(800)
      await pause(80 * random())
      await world.redis.kill()
      for (const learner of squad.learners.slice(0, 1)) await squad.kill(learner) // memory must not be what saves it
      await pause(300 + 300 * random())
      await world.redis.start()
      await sent
      squad.add()
      await squad.untilCovered()
    }
  },
})

/** A Redis of its own, because others lose theirs. */
export const redisLost = staged({
  name: 'redis-lost',
  what: 'Redis emptied under learners, and set back to an older copy',
  async prepare() {
    const server = await startRedis()
    const [data, copy] = [join(server.folder, 'appendonlydir'), join(server.folder, 'copy')]
    return {
      end: () => server.stop(),
      scenario: {
        name: 'redis-lost',
        what: '',
        corner: { redis: { url: server.url } },
        control: { learner: 'no-fence' },
        async act(stage) {
          const { producer, squad } = stage
          for (const _ of rounds(stage, 1)) {
            await producer.send(1500)
            await server.command('FLUSHALL')
            await producer.send(800)
            await squad.untilCovered()
            await server.kill()
            rmSync(copy, { recursive: true, force: true })
            cpSync(data, copy, { recursive: true })
            await server.start()
            await squad.untilCovered()
            await producer.send(1500)
            await pause(300) // saved by now
            await server.kill()
            rmSync(data, { recursive: true })
            cpSync(copy, data, { recursive: true })
            await server.start()
            await producer.send(500)
            await squad.untilCovered()
          }
        },
        expect: ({ squad }) => (squad.count('regressed') > 0 ? [] : ['nobody noticed that Redis went back in time']),
      },
    }
  },
})

/** Learners reach Redis through a link that can fail. */
export const redisSlow = staged({
  name: 'redis-slow',
  what: 'Redis 200 ms, then 2 s away; frozen for 5 s',
  async prepare(world) {
    const link = await faultProxy({ to: world.redis.port })
    return {
      end: () => link.close(),
      scenario: {
        name: 'redis-slow',
        what: '',
        task: { redis: { url: `redis://127.0.0.1:${link.port}` }, commandTimeoutMs: 700 },
        control: { learner: 'offset-apart' },
        async act({ producer, squad, long }) {
          link.delay(100) // each way
          await producer.send(800)
          await pause(long ? 20_000 : 1000)
          for (const learner of squad.learners.slice(0, 1)) await squad.kill(learner) // its saves are on their way
          squad.add()
          link.delay(1000)
          await producer.send(800)
          await pause(long ? 20_000 : 3000)
          link.delay(0)
          await producer.send(400)
          world.redis.signal('SIGSTOP')
          await producer.send(400)
          await pause(5000)
          world.redis.signal('SIGCONT')
          await squad.untilCovered()
          for (const learner of squad.learners.slice(0, 1)) await squad.kill(learner)
          squad.add()
          await producer.send(400)
        },
      },
    }
  },
})

const isSave = (request: Buffer) => request.includes('checkpoints:learner') // the channel of its notice

export const redisCut = staged({
  name: 'redis-cut',
  what: 'the link to Redis cut after a save was sent and before its answer',
  async prepare(world) {
    const link = await faultProxy({ to: world.redis.port })
    return {
      end: () => link.close(),
      scenario: {
        name: 'redis-cut',
        what: '',
        task: { redis: { url: `redis://127.0.0.1:${link.port}` } },
        async act(stage) {
          for (const _ of rounds(stage, 6)) {
            link.cutInsteadOfAnswer(1, isSave)
            await stage.producer.send(400)
            await pause(60)
          }
          await waitUntil('every cut', () => link.struck >= rounds(stage, 6).length - 2, 10_000)
          return { cuts: link.struck }
        },
      },
    }
  },
})

/** One bit of a saved sum, with everybody dead; the next owner must see it. */
export const corrupt = staged({
  name: 'corrupt',
  what: 'a bit flipped in saved sums, and in an entry; a blob cut short',
  control: { learner: 'no-checksum' },
  damages: true,
  async act(stage) {
    const { producer, squad, corner, world, random } = stage
    const raw = await RawRedis.open(world.redis.url)
    let flipped = 0
    for (const _ of rounds(stage, 1))
      for (const damage of stage.broken ? [flip] : [flip, (bytes: Uint8Array) => bytes.slice(0, -9)]) {
        await producer.send(800)
        const saved = async () => [...((await corner.store.checkpoints.load('learner', 0))?.fields ?? [])].filter(([name]) => name.includes('/arm/'))
        await waitUntil('sums are saved', async () => (await saved()).length > 0)
        for (const learner of squad.learners) await squad.kill(learner)
        const arms = await saved()
        const [name, bytes] = arms[Math.floor(arms.length * random())]!
        await raw.send('HSET', `${corner.prefix}{checkpoint:learner:0}:state`, `f:${name}`, damage(bytes))
        flipped += 1
        squad.add()
        squad.add()
        await squad.untilCovered()
      }
    raw.close()
    return { damaged: flipped }
  },
  expect: ({ squad }) => (squad.count('rebuilt') > 0 ? [] : ['nobody noticed the damage']),
})

/** A bit in the fourth number: a sum of rewards, whose change no other check would see. */
function flip(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice()
  copy[copy.length - 4 - 8 * 20 + 5]! ^= 4
  return copy
}
