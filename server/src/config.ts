import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { faultInWords } from './fault-in-words.ts'
import { fleetFaults, fleetFields, fleetVariables, secretFields } from './fleet-config.ts'

const Config = z.strictObject({
  host: z.string().min(1).default('127.0.0.1'),
  port: z.coerce.number().int().min(0).max(65_535).default(8080),
  /** Where the embedded log and store live. `null`: in memory, gone with the process. */
  dataDir: z.string().min(1).nullable().default('./data'),
  logLevel: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  /** Fixed when the log is made: then 1 in a data folder, 8 in Kafka unless given. Opening it with another number is refused. */
  partitions: z.coerce.number().int().min(1).max(256).optional(),
  bodyLimitBytes: z.coerce.number().int().min(1024).max(16_777_216).default(262_144),
  /** Catalogs are larger than requests. */
  catalogLimitBytes: z.coerce.number().int().min(1024).max(268_435_456).default(16_777_216),
  /** Shortest time between two snapshots of one model. */
  snapshotIntervalMs: z.coerce.number().int().min(0).max(60_000).default(20),
  /** Encoding a checkpoint holds up requests for about 3 µs a record. */
  checkpointRecords: z.coerce.number().int().min(1).default(1000),
  checkpointMs: z.coerce.number().int().min(1).default(1000),
  /** Most that feedback may take up on disk while the log is away. */
  spoolMaxBytes: z.coerce.number().int().min(1_048_576).max(1_099_511_627_776).default(67_108_864),
  /** With several servers: how long a repeated decision id gives the same decision. */
  decisionIdTtlSeconds: z.coerce.number().int().min(1).max(2_592_000).default(3600),
  /** How long `/readyz` says 503 before the server stops accepting: time for load balancers to notice. */
  drainMs: z.coerce.number().int().min(0).max(60_000).default(0),
  /** Requests still running after this are cut when the server stops. */
  shutdownMs: z.coerce.number().int().min(1).max(600_000).default(10_000),
  maxConnections: z.coerce.number().int().min(1).default(2048),
  /** Requests slower than this are logged. */
  slowRequestMs: z.coerce.number().min(1).default(250),
  /** One request in this many is logged; 0: none but errors and slow ones. */
  logOneIn: z.coerce.number().int().min(0).default(1000),
  ...fleetFields,
})

export type Config = z.infer<typeof Config>

const variables: Record<keyof z.output<typeof Config>, string> = {
  host: 'HOST',
  port: 'PORT',
  dataDir: 'FORAGE_DATA',
  logLevel: 'LOG_LEVEL',
  partitions: 'FORAGE_PARTITIONS',
  bodyLimitBytes: 'FORAGE_BODY_LIMIT_BYTES',
  catalogLimitBytes: 'FORAGE_CATALOG_LIMIT_BYTES',
  snapshotIntervalMs: 'FORAGE_SNAPSHOT_INTERVAL_MS',
  checkpointRecords: 'FORAGE_CHECKPOINT_RECORDS',
  checkpointMs: 'FORAGE_CHECKPOINT_MS',
  spoolMaxBytes: 'FORAGE_SPOOL_MAX_BYTES',
  decisionIdTtlSeconds: 'FORAGE_DECISION_ID_TTL_SECONDS',
  drainMs: 'FORAGE_DRAIN_MS',
  shutdownMs: 'FORAGE_SHUTDOWN_MS',
  maxConnections: 'FORAGE_MAX_CONNECTIONS',
  slowRequestMs: 'FORAGE_SLOW_REQUEST_MS',
  logOneIn: 'FORAGE_LOG_ONE_IN',
  ...fleetVariables,
}

/** The variables the server reads and what they set, for `--help` and the manual. */
export const environmentVariables: Readonly<Record<string, keyof Config>> = Object.fromEntries(
  Object.entries(variables).flatMap(([key, name]) => {
    const secret = (secretFields as readonly string[]).includes(key)
    return [[name, key as keyof Config], ...(secret ? [[`${name}_FILE`, key as keyof Config]] : [])]
  }),
)

/** Whether the log is Kafka and the store Redis, so that many processes share them. */
export const isFleet = ({ kafkaBrokers }: Config): boolean => kafkaBrokers !== undefined

/**
 * Reads the environment; `given` (command-line options) wins over it. The only place that does.
 * @throws Error naming every fault and the variable it came from
 */
export function readConfig(env: Readonly<Record<string, string | undefined>> = {}, given: Partial<Config> = {}): Config {
  const raw: Record<string, unknown> = {}
  const faults: string[] = []
  for (const [key, name] of Object.entries(variables)) if (env[name]) raw[key] = env[name] // an empty variable is not set
  for (const key of secretFields) {
    const name = `${variables[key]}_FILE`
    const file = env[name]
    if (!file || raw[key] !== undefined) continue
    try {
      raw[key] = readFileSync(file, 'utf8').trim()
    } catch (error) {
      faults.push(`  ${name}: the file cannot be read (${(error as NodeJS.ErrnoException).code})`)
    }
  }
  for (const [key, value] of Object.entries(given)) if (value !== undefined) raw[key] = value
  const parsed = Config.safeParse(raw, { error: faultInWords })
  const nameOf = (key: string) => (Object.hasOwn(given, key) ? key : (variables[key as keyof Config] ?? key))
  if (parsed.success) for (const [key, message] of fleetFaults(parsed.data)) faults.push(`  ${nameOf(key)}: ${message}`)
  else for (const { path, message } of parsed.error.issues) faults.push(`  ${nameOf(String(path[0] ?? ''))}: ${message}`)
  if (parsed.success && faults.length === 0) return parsed.data
  throw new Error(`the configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}\n${faults.join('\n')}`)
}
