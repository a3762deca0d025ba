import { readFileSync } from 'node:fs'
import type { KafkaLogOptions } from '@forage/event-log/kafka'
import type { RedisStoreOptions } from '@forage/store/redis'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { Drivers } from './drivers.ts'

const PARTITIONS = 8
const HOUR_MS = 3_600_000

/** Kafka as the log and Redis as the store. @throws ForageError `log_unavailable`, `store_unavailable`, `corrupt_state` (a topic of another shape) */
export async function openFleetDrivers(config: Config, role: RedisStoreOptions['role'], logger: Logger): Promise<Drivers> {
  const [{ openKafkaLog }, { openRedisStore }] = await Promise.all([import('@forage/event-log/kafka'), import('@forage/store/redis')])
  const log = await openKafkaLog(kafkaOptions(config))
  try {
    return { log, store: await openRedisStore(redisOptions(config, role, logger)) }
  } catch (error) {
    await log.close()
    throw error
  }
}

function kafkaOptions(config: Config): KafkaLogOptions {
  const { kafkaBrokers = [], kafkaTopic, kafkaTls, kafkaCa, kafkaSaslMechanism, kafkaSaslUsername, kafkaSaslPassword, kafkaReplication, kafkaRetentionHours } = config
  return {
    brokers: kafkaBrokers,
    topic: kafkaTopic,
    replicationFactor: kafkaReplication,
    retentionMs: kafkaRetentionHours === -1 ? -1 : kafkaRetentionHours * HOUR_MS,
    newPartitions: config.partitions ?? PARTITIONS,
    ...(config.partitions === undefined ? {} : { partitions: config.partitions }),
    ...(kafkaTls || kafkaCa !== undefined ? { ssl: kafkaCa === undefined ? true : { ca: readFileSync(kafkaCa) } } : {}),
    ...(kafkaSaslMechanism === undefined ? {} : { sasl: { mechanism: kafkaSaslMechanism, username: kafkaSaslUsername!, password: kafkaSaslPassword! } }),
  }
}

function redisOptions(config: Config, role: RedisStoreOptions['role'], logger: Logger): RedisStoreOptions {
  const { redisUrl, redisSentinels, redisMaster, redisCluster, redisUsername, redisPassword, redisSentinelPassword, redisTls, redisCa } = config
  const address =
    redisUrl !== undefined ? { url: redisUrl }
    : redisSentinels !== undefined ? { sentinels: redisSentinels.map(hostAndPort), masterName: redisMaster! }
    : { cluster: redisCluster!.map(hostAndPort) }
  return {
    ...address,
    role,
    onWarning: (message) => logger.warn(message),
    prefix: config.redisPrefix,
    allowEviction: config.redisAllowEviction,
    allowNoAof: config.redisAllowNoAof,
    ...(redisUsername === undefined ? {} : { username: redisUsername }),
    ...(redisPassword === undefined ? {} : { password: redisPassword }),
    ...(redisSentinelPassword === undefined ? {} : { sentinelPassword: redisSentinelPassword }),
    ...(redisTls || redisCa !== undefined ? { tls: redisCa === undefined ? true : { ca: readFileSync(redisCa) } } : {}),
  }
}

function hostAndPort(text: string): { host: string; port: number } {
  const colon = text.lastIndexOf(':')
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) }
}
