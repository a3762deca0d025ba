import { ForageError } from '@forage/domain'
import { unavailable } from './client.ts'
import { kafkaAdmin, type Admin, type KafkaConnection } from './kafkajs.ts'

export interface TopicOptions {
  readonly topic: string
  /** Fixed when the topic is made; a topic with another number is refused. */
  readonly partitions?: number
  /** Of a topic that is made here, when `partitions` does not say it (default 1). */
  readonly newPartitions?: number
  /** Of a topic that is made here (default 1). */
  readonly replicationFactor?: number
  /** Of a topic that is made here, in milliseconds; -1 (the default) keeps records for ever. */
  readonly retentionMs?: number
  /** Of a topic that is made here: largest batch, so largest record (default 8 MiB). */
  readonly maxMessageBytes?: number
}

export interface Topic {
  readonly partitions: number
  readonly maxMessageBytes: number
}

const TOPIC = 2
const NEEDED = ['message.timestamp.type', 'cleanup.policy', 'max.message.bytes']

/**
 * Makes the topic when it is missing, else checks that a log can stand on it: the brokers stamp its records, and nothing but age or size
 * removes them.
 * @throws ForageError `corrupt_state` (another partition count or configuration), `log_unavailable`
 */
export async function ensureTopic(connection: KafkaConnection, options: TopicOptions): Promise<Topic> {
  const admin = kafkaAdmin(connection)
  try {
    await admin.connect()
    if (!(await admin.listTopics()).includes(options.topic)) await create(admin, options)
    return await check(admin, options)
  } catch (error) {
    throw unavailable(error, `the topic ${options.topic} cannot be prepared`)
  } finally {
    await admin.disconnect().catch(() => {})
  }
}

async function create(admin: Admin, { topic, newPartitions = 1, partitions = newPartitions, replicationFactor = 1, retentionMs = -1, maxMessageBytes = 8 << 20 }: TopicOptions): Promise<void> {
  const configEntries = [
    { name: 'message.timestamp.type', value: 'LogAppendTime' },
    { name: 'cleanup.policy', value: 'delete' },
    { name: 'retention.ms', value: String(retentionMs) },
    { name: 'max.message.bytes', value: String(maxMessageBytes) },
    { name: 'min.insync.replicas', value: String(Math.min(2, replicationFactor)) },
    { name: 'unclean.leader.election.enable', value: 'false' },
  ]
  // false when another process was faster
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: partitions, replicationFactor, configEntries }] })
}

async function check(admin: Admin, { topic, partitions }: TopicOptions): Promise<Topic> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
  const found = topics[0]!.partitions.length
  if (partitions !== undefined && found !== partitions) throw new ForageError('corrupt_state', `the topic ${topic} has ${found} partition(s), not ${partitions}`, { topic, partitions: found })
  const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type: TOPIC, name: topic, configNames: NEEDED }] })
  const config = new Map(resources[0]!.configEntries.map(({ configName, configValue }) => [configName, configValue]))
  const stamps = config.get('message.timestamp.type')
  if (stamps !== 'LogAppendTime') throw new ForageError('corrupt_state', `the topic ${topic} has message.timestamp.type=${stamps}; it must be LogAppendTime, because time in the log is the brokers'`, { topic })
  const cleanup = config.get('cleanup.policy')
  if (cleanup !== 'delete') throw new ForageError('corrupt_state', `the topic ${topic} has cleanup.policy=${cleanup}; it must be delete, because a compacted topic loses records`, { topic })
  return { partitions: found, maxMessageBytes: Number(config.get('max.message.bytes')) }
}
