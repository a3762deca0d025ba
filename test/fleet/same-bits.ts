import { randomUUID } from 'node:crypto'
import { createLearnerFold, digestOf, type LearnerShard } from '@forage/learner'
import { openKafkaLog } from '@forage/event-log/kafka'
import { joinFold, type GroupFold } from '@forage/folding'
import { openRedisStore } from '@forage/store/redis'
import { playInto } from './recorded-traffic.ts'

export interface Fleet {
  readonly brokers: readonly string[]
  readonly redis: string
}

/**
 * Puts the traffic into a new Kafka topic, folds it with so many learners (each with connections of its own) into a new corner of Redis, and
 * gives the digest of the checkpoints they leave there, with the number of partitions each learner had.
 */
export async function learnInFleet({ brokers, redis }: Fleet, records: readonly Uint8Array[], partitions: number, learners: number): Promise<{ digest: string; shares: number[] }> {
  const topic = `same-bits-${randomUUID()}`
  const prefix = `${topic}:`
  const writer = await openKafkaLog({ brokers, topic, partitions })
  await playInto(writer, records)
  const ends = await Promise.all(Array.from({ length: partitions }, (_, partition) => writer.end(partition)))
  await writer.close()
  const members = await Promise.all(Array.from({ length: learners }, async (_, index) => {
    const log = await openKafkaLog({ brokers, topic })
    const store = await openRedisStore({ url: redis, prefix, role: 'learner' })
    const fold = joinFold({ log, store: { ...store, groups: store.groups! }, fold: createLearnerFold(), member: `learner-${index}`, lifeMs: 3000 })
    return { log, store, fold }
  }))
  const owner = (partition: number): GroupFold<LearnerShard> | undefined => members.find(({ fold }) => fold.position(partition) >= ends[partition]!)?.fold
  const shared = () => members.every(({ fold }) => fold.owned.length >= Math.floor(partitions / learners))
  while (!(shared() && ends.every((_, partition) => owner(partition) !== undefined))) await new Promise((resolve) => setTimeout(resolve, 20))
  const shares = members.map(({ fold }) => fold.owned.length)
  for (const { fold, log } of members) {
    await fold.stop()
    await log.close()
  }
  const { checkpoints } = members[0]!.store
  const shards: LearnerShard[] = []
  for (const [partition, end] of ends.entries()) {
    const saved = await checkpoints.load('learner', partition)
    if ((saved?.offset ?? 0) < end) throw new Error(`partition ${partition} is saved up to ${saved?.offset}, not ${end}`)
    const shard = createLearnerFold().shard(partition)
    if (saved !== null) shard.restore(saved.fields)
    shards.push(shard)
  }
  for (const { store } of members) await store.close()
  return { digest: digestOf(shards), shares }
}
