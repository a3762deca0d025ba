import { spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { openKafkaLog } from '@forage/event-log/kafka'
import { createLearnerFold, digestOf } from '@forage/learner'
import { openRedisStore } from '@forage/store/redis'
import { foldOnce } from '@forage/folding'
import { startKafka } from '../services/kafka.ts'
import { hasRedisBinary } from '../services/redis-process.ts'
import { startRedis } from '../services/redis.ts'
import { fillLog, type Traffic } from './synthetic-traffic.ts'

export interface LearnRow {
  readonly what: string
  readonly members: number
  /** Each member had one core (shared with Kafka, Redis and whatever else runs); otherwise they have all there are. */
  readonly pinned: boolean
  /** Records in the log, all of which were folded from the first on, into an empty Redis. */
  readonly events: number
  readonly maturedPerSecond: number
  readonly seconds: number
  /** CPU of the members, per matured decision. */
  readonly cpuMicroseconds: number
  /** The checkpoints are, bit for bit, a fold of the log that never saw Redis. */
  readonly digestEqual: boolean
  /** Microseconds of the first member's main thread for each of its matured decisions, by what it did; from a run of its own under the profiler. */
  readonly where?: Readonly<Record<string, number>>
}

const PARTITIONS = 8
/** One core a member, all its background threads included: else one member already has more than one core, and two no more. */
const canPin = spawnSync('taskset', ['-c', '0', 'true']).status === 0
const TRAFFIC = [
  { what: 'd = 32, shared', model: 'shared', d: 32, arms: 50, windowSeconds: null, share: 1, members: [1, 2] },
  { what: 'd = 32, shared, windows of 1 s', model: 'shared', d: 32, arms: 50, windowSeconds: 1, share: 0.4, members: [1] },
  { what: 'd = 64, disjoint, 1,000 arms', model: 'disjoint', d: 64, arms: 1000, windowSeconds: null, share: 0.4, members: [1, 2] },
] as const

/**
 * Learners from Kafka to checkpoints in Redis, everything included: fetching, decoding, joining, updating, saving, on a log that is there already
 * (decisions of 50 candidates by id, one shown, one feedback each). Null, loudly, without the services.
 * @param decisions of the first kind of traffic; the others have a part of it
 */
export async function benchLearn({ decisions }: { decisions: number }): Promise<LearnRow[] | null> {
  const kafka = await startKafka('the learner benchmark')
  if (kafka === null || !hasRedisBinary()) {
    await kafka?.stop()
    process.stderr.write('### SKIP: the learner benchmark needs Kafka and redis-server\n')
    return null
  }
  const rows: LearnRow[] = []
  try {
    for (const { what, share, members, ...shape } of TRAFFIC) {
      const topic = `bench-${randomUUID()}`
      const log = await openKafkaLog({ brokers: kafka.brokers, topic, partitions: PARTITIONS })
      const events = await fillLog(log, { ...shape, candidates: 50, decisions: Math.round(share * decisions), seed: what } satisfies Traffic)
      const shards = Array.from({ length: PARTITIONS }, async (_, partition) => (await foldOnce({ log, fold: createLearnerFold(), partition })).shard)
      const expected = digestOf(await Promise.all(shards))
      await log.close()
      const settings = { what, brokers: kafka.brokers, topic, expected, pinned: false, env: {} }
      for (const count of members) rows.push({ events, ...await measure(count, settings) })
      if (canPin && members.length > 1) for (const count of members) rows.push({ events, ...await measure(count, { ...settings, pinned: true }) })
      const { where } = await measure(1, { ...settings, env: { FORAGE_BENCH_PROFILE: '1' } })
      const first = rows.findIndex((row) => row.what === what)
      rows[first] = { ...rows[first]!, where: where! }
    }
  } finally {
    await kafka.stop()
  }
  return rows
}

interface Settings {
  readonly what: string
  readonly brokers: readonly string[]
  readonly topic: string
  readonly expected: string
  readonly pinned: boolean
  readonly env: NodeJS.ProcessEnv
}

async function measure(members: number, { what, brokers, topic, expected, pinned, env }: Settings): Promise<Omit<LearnRow, 'events'>> {
  const redis = await startRedis('--appendonly', 'yes')
  try {
    const shares = Array.from({ length: members }, (_, member) => Array.from({ length: PARTITIONS }, (__, partition) => partition).filter((partition) => partition % members === member))
    const results = await Promise.all(shares.map((share, member) => learner([brokers.join(','), topic, redis.url, 'bench:', share.join(',')], env, pinned ? member : null)))
    const store = await openRedisStore({ url: redis.url, prefix: 'bench:', role: 'learner' })
    const shards = await Promise.all(Array.from({ length: PARTITIONS }, async (_, partition) => {
      const shard = createLearnerFold().shard(partition)
      shard.restore((await store.checkpoints.load('learner', partition))!.fields)
      return shard
    }))
    await store.close()
    const matured = results.reduce((sum, result) => sum + result.matured, 0)
    const seconds = Math.max(...results.map((result) => result.seconds))
    const cpu = results.reduce((sum, result) => sum + result.cpuSeconds, 0)
    const { where } = results[0]!
    return {
      what, members, pinned, maturedPerSecond: Math.round(matured / seconds), seconds, cpuMicroseconds: (cpu / matured) * 1e6, digestEqual: digestOf(shards) === expected,
      ...(where && { where }),
    }
  } finally {
    await redis.stop()
  }
}

interface Learned {
  readonly matured: number
  readonly seconds: number
  readonly cpuSeconds: number
  readonly where?: Readonly<Record<string, number>>
}

function learner(args: readonly string[], env: NodeJS.ProcessEnv, core: number | null): Promise<Learned> {
  const node = [...(core === null ? [] : ['taskset', '-c', String(core)]), process.execPath, ...(process.env['FORAGE_BENCH_NODE']?.split(' ') ?? []), '--conditions=source', '--import', 'tsx']
  return new Promise((resolve, reject) => {
    const [command = '', ...before] = node
    const child = spawn(command, [...before, join(import.meta.dirname, 'learn-process.ts'), ...args], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env } })
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
    child.once('exit', (code) => (code === 0 ? resolve(JSON.parse(said) as Learned) : reject(new Error(`the learner ended with ${code}`))))
  })
}
