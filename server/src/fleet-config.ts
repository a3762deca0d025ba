import { z } from 'zod'

const hostAndPort = /^(?:\[[0-9a-f:]+\]|[a-z0-9._-]+):\d{1,5}$/i

const addresses = z.string().transform((text, context) => {
  const list = text.split(',').map((part) => part.trim()).filter((part) => part !== '')
  const wrong = list.find((part) => !hostAndPort.test(part))
  if (wrong !== undefined || list.length === 0) context.addIssue({ code: 'custom', message: `must be a list of host:port, separated by commas${wrong === undefined ? '' : `; ${JSON.stringify(wrong)} is not one`}` })
  return list
})
const flag = z.enum(['true', 'false']).transform((text) => text === 'true')
const redisUrl = z.string().refine((text) => /^rediss?:\/\/\S+$/.test(text) && URL.canParse(text), { message: 'must be a URL that starts with redis:// or rediss://' })

/** Where the log and the store of a fleet are. All of it is optional: without it one process has everything. */
export const fleetFields = {
  /** Some brokers; the others are found through them. */
  kafkaBrokers: addresses.optional(),
  kafkaTopic: z.string().regex(/^[a-zA-Z0-9._-]{1,249}$/, { message: 'must be a topic name: letters, digits, dots, dashes and underscores' }).default('interactions'),
  kafkaTls: flag.default(false),
  /** File with the certificates of authorities to trust. */
  kafkaCa: z.string().min(1).optional(),
  kafkaSaslMechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).optional(),
  kafkaSaslUsername: z.string().min(1).optional(),
  kafkaSaslPassword: z.string().min(1).optional(),
  /** Of a topic that is made. */
  kafkaReplication: z.coerce.number().int().min(1).max(32).default(1),
  /** Of a topic that is made; -1 keeps records for ever. */
  kafkaRetentionHours: z.coerce.number().int().min(-1).max(1_000_000).refine((hours) => hours !== 0, { message: 'must be -1 (for ever) or at least 1' }).default(-1),
  redisUrl: redisUrl.optional(),
  redisSentinels: addresses.optional(),
  /** Name of the master that the Sentinels watch. */
  redisMaster: z.string().min(1).optional(),
  redisCluster: addresses.optional(),
  redisUsername: z.string().min(1).optional(),
  redisPassword: z.string().min(1).optional(),
  redisSentinelPassword: z.string().min(1).optional(),
  redisTls: flag.default(false),
  redisCa: z.string().min(1).optional(),
  redisPrefix: z.string().min(1).regex(/^[^{}]*$/, { message: 'must not have braces' }).default('forage:'),
  redisAllowEviction: flag.default(false),
  redisAllowNoAof: flag.default(false),
  /** How often a learner saves when there is something to save: half of the time it takes until decisions use what was learned. */
  learnCheckpointMs: z.coerce.number().int().min(1).max(60_000).default(25),
  learnCheckpointRecords: z.coerce.number().int().min(1).default(5000),
  /** A learner not heard of for so long has lost its partitions to others. */
  learnerLifeMs: z.coerce.number().int().min(300).max(600_000).default(3000),
}

export const fleetVariables: Readonly<Record<keyof typeof fleetFields, string>> = {
  kafkaBrokers: 'FORAGE_KAFKA_BROKERS',
  kafkaTopic: 'FORAGE_KAFKA_TOPIC',
  kafkaTls: 'FORAGE_KAFKA_TLS',
  kafkaCa: 'FORAGE_KAFKA_CA',
  kafkaSaslMechanism: 'FORAGE_KAFKA_SASL_MECHANISM',
  kafkaSaslUsername: 'FORAGE_KAFKA_SASL_USERNAME',
  kafkaSaslPassword: 'FORAGE_KAFKA_SASL_PASSWORD',
  kafkaReplication: 'FORAGE_KAFKA_REPLICATION',
  kafkaRetentionHours: 'FORAGE_KAFKA_RETENTION_HOURS',
  redisUrl: 'FORAGE_REDIS_URL',
  redisSentinels: 'FORAGE_REDIS_SENTINELS',
  redisMaster: 'FORAGE_REDIS_MASTER',
  redisCluster: 'FORAGE_REDIS_CLUSTER',
  redisUsername: 'FORAGE_REDIS_USERNAME',
  redisPassword: 'FORAGE_REDIS_PASSWORD',
  redisSentinelPassword: 'FORAGE_REDIS_SENTINEL_PASSWORD',
  redisTls: 'FORAGE_REDIS_TLS',
  redisCa: 'FORAGE_REDIS_CA',
  redisPrefix: 'FORAGE_REDIS_PREFIX',
  redisAllowEviction: 'FORAGE_REDIS_ALLOW_EVICTION',
  redisAllowNoAof: 'FORAGE_REDIS_ALLOW_NO_AOF',
  learnCheckpointMs: 'FORAGE_LEARN_CHECKPOINT_MS',
  learnCheckpointRecords: 'FORAGE_LEARN_CHECKPOINT_RECORDS',
  learnerLifeMs: 'FORAGE_LEARNER_LIFE_MS',
}

/** Secrets that may also be in a file: `…_FILE` names it. */
export const secretFields = ['kafkaSaslPassword', 'redisPassword', 'redisSentinelPassword'] as const

type Fleet = z.infer<z.ZodObject<typeof fleetFields>>

/** Rules between the fields: key of the field to blame, and why. */
export function fleetFaults(config: Fleet): [key: keyof Fleet, message: string][] {
  const faults: [keyof Fleet, string][] = []
  const redis = (['redisUrl', 'redisSentinels', 'redisCluster'] as const).filter((key) => config[key] !== undefined)
  const names = redis.map((key) => fleetVariables[key])
  if (redis.length > 1) faults.push([redis[1]!, `is one address too many: ${names.join(' and ')} are alternatives`])
  if (config.redisSentinels !== undefined && config.redisMaster === undefined) faults.push(['redisMaster', 'is missing: the name of the master that the Sentinels watch'])
  if (config.kafkaBrokers !== undefined && redis.length === 0) faults.push(['redisUrl', 'is missing: with Kafka as the log, Redis must be the store (or give FORAGE_REDIS_SENTINELS or FORAGE_REDIS_CLUSTER)'])
  if (config.kafkaBrokers === undefined && redis.length > 0) faults.push(['kafkaBrokers', 'is missing: with Redis as the store, Kafka must be the log'])
  const { kafkaSaslMechanism: mechanism, kafkaSaslUsername: user, kafkaSaslPassword: password } = config
  if (mechanism !== undefined && user === undefined) faults.push(['kafkaSaslUsername', 'is missing: FORAGE_KAFKA_SASL_MECHANISM is set'])
  if (mechanism !== undefined && password === undefined) faults.push(['kafkaSaslPassword', 'is missing: FORAGE_KAFKA_SASL_MECHANISM is set'])
  if (mechanism === undefined && (user !== undefined || password !== undefined)) faults.push(['kafkaSaslMechanism', 'is missing: a user or password is set'])
  return faults
}
