import { spawn } from 'node:child_process'
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
  readonly maturedPerSecond: number
  readonly seconds: number
  /** CPU of the members, per matured decision. */
  readonly cpuMicroseconds: number
  /** The checkpoints are, bit for bit, a fold of the log that never saw Redis. */
  readonly digestEqual: boolean
}

const PARTITIONS = 8

/**
 * Learners from Kafka to checkpoints in Redis, everything included: fetching, decoding, joining, updating, saving, on a log that is there already
 * (decisions of 50 candidates by id, one shown, one feedback each). Null, loudly, without the services.
 */
export async function benchLearn({ decisions }: { decisions: number }): Promise<LearnRow[] | null> {
  const kafka = await startKafka('the learner benchmark')
  if (kafka === null || !hasRedisBinary()) {
    process.stderr.write('### SKIP: the learner benchmark needs Kafka and redis-server\n')
    return null
  }
  const rows: LearnRow[] = []
  try {
    for (const [what, shape] of [['d = 32, shared', { model: 'shared', d: 32, arms: 50 }], ['d = 64, disjoint, 1,000 arms', { model: 'disjoint', d: 64, arms: 1000 }]] as const) {
      const topic = `bench-${randomUUID()}`
      const log = await openKafkaLog({ brokers: kafka.brokers, topic, partitions: PARTITIONS })
      await fillLog(log, { ...shape, candidates: 50, decisions, seed: what } satisfies Traffic)
      const expected = digestOf(await Promise.all(Array.from({ length: PARTITIONS }, async (_, partition) => (await foldOnce({ log, fold: createLearnerFold(), partition })).shard)))
      for (const members of [1, 2]) rows.push(await measure(what, kafka.brokers, topic, members, expected))
      await log.close()
    }
  } finally {
    await kafka.stop()
  }
  return rows
}

async function measure(what: string, brokers: readonly string[], topic: string, members: number, expected: string): Promise<LearnRow> {
  const redis = await startRedis('--appendonly', 'yes')
  try {
    const shares = Array.from({ length: members }, (_, member) => Array.from({ length: PARTITIONS }, (__, partition) => partition).filter((partition) => partition % members === member))
    const results = await Promise.all(shares.map((share) => learner([brokers.join(','), topic, redis.url, 'bench:', share.join(',')])))
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
    return { what, members, maturedPerSecond: Math.round(matured / seconds), seconds, cpuMicroseconds: (cpu / matured) * 1e6, digestEqual: digestOf(shards) === expected }
  } finally {
    await redis.stop()
  }
}

function learner(args: readonly string[]): Promise<{ matured: number; seconds: number; cpuSeconds: number }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...(process.env['FORAGE_BENCH_NODE']?.split(' ') ?? []), '--conditions=source', '--import', 'tsx', join(import.meta.dirname, 'learn-process.ts'), ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
    child.once('exit', (code) => (code === 0 ? resolve(JSON.parse(said) as { matured: number; seconds: number; cpuSeconds: number }) : reject(new Error(`the learner ended with ${code}`))))
  })
}
