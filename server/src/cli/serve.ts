import { resolve } from 'node:path'
import type { ForageFile } from '@forage/contracts'
import closeWithGrace from 'close-with-grace'
import { environmentVariables, isFleet, readConfig, type Config } from '../config.ts'
import { startServer, type RunningServer } from '../start.ts'
import { machineLog, readableLog } from './server-log.ts'
import type { Terminal } from './terminal.ts'
import { superviseWorkers, workerConfig, workerNumber } from './workers.ts'

export interface ServeOptions {
  readonly demo?: boolean
  readonly config?: string
  readonly port?: number
  readonly host?: string
  readonly data?: string
  readonly workers?: number
}

/**
 * Starts the server and returns once it listens; signals stop it gracefully. Standard output has one kind of text: on a terminal what the
 * command says, with warnings in words on stderr; elsewhere JSON logs, and what the command says goes to stderr.
 */
export async function serve(options: ServeOptions, terminal: Terminal): Promise<void> {
  const atTerminal = process.stdout.isTTY === true
  const say = (text: string) => (atTerminal ? terminal.out(text) : terminal.note(text))
  const file = options.config === undefined ? null : (await import('./apply/read-forage-file.ts')).readForageFile(options.config)
  const whole = readConfig({ ...(atTerminal ? { LOG_LEVEL: 'warn' } : {}), ...process.env }, given(options))
  const { workers = 1 } = options
  const number = workerNumber()
  if (workers > 1 && !isFleet(whole)) throw new Error('--workers needs Kafka and Redis (FORAGE_KAFKA_BROKERS, FORAGE_REDIS_URL): a data folder belongs to one process')
  if (workers > 1 && number === null) {
    const { url } = await superviseWorkers(workers, terminal)
    if (file !== null) await (await import('./apply/apply.ts')).applyThrough(url, file)
    return say(welcome(url, whole, false))
  }
  const config = number === null ? whole : workerConfig(whole, number)
  const logger = atTerminal ? readableLog(config.logLevel, (text) => terminal.note(text)) : machineLog(config.logLevel)
  const server = await startServer(config, { logger }).catch((error: unknown) => {
    throw explained(error, config)
  })
  if (file !== null && number === null) await applyOrClose(server, file)
  const demo = options.demo === true && (number ?? 1) === 1 ? (await import('../demo/index.ts')).startDemo({ url: server.url, onTrouble: (text) => terminal.note(text) }) : null
  closeWithGrace({ delay: config.shutdownMs + config.drainMs + 5000, logger: { error: (text) => terminal.note(String(text)) } }, async ({ err, signal }) => {
    if (err !== undefined) terminal.note(`forage: ${process.env['DEBUG'] ? (err.stack ?? err.message) : err.message}`)
    else if (number === null) say(`${signal ?? 'stop'}: finishing what is running …`)
    await demo?.stop()
    await server.close()
    if (err === undefined && number === null) say('stopped; the same command goes on from here')
  })
  if (number === null) say(welcome(server.url, config, options.demo === true))
}

function explained(error: unknown, { host, port, dataDir }: Config): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') return new Error(`port ${port} of ${host} is taken: choose another with --port`, { cause: error })
  if (syscall === 'mkdir') return new Error(`the data folder ${resolve(dataDir ?? '.')} cannot be made (${code}): choose another with --data`, { cause: error })
  return error
}

async function applyOrClose(server: RunningServer, file: ForageFile): Promise<void> {
  try {
    await (await import('./apply/apply.ts')).applyThrough(server.url, file)
  } catch (error) {
    await server.close()
    throw error
  }
}

function given({ port, host, data }: ServeOptions): Partial<Config> {
  return { ...(port === undefined ? {} : { port }), ...(host === undefined ? {} : { host }), ...(data === undefined ? {} : { dataDir: data }) }
}

function welcome(url: string, config: Config, demo: boolean): string {
  const { dataDir, kafkaBrokers } = config
  const lines = [
    `Forage listens on ${url}`,
    `  status page  ${url}/`,
    `  API          ${url}/docs`,
    isFleet(config) ? `  log          Kafka at ${kafkaBrokers!.join(', ')}; a \`forage learn\` learns` : `  data folder  ${dataDir === null ? 'none: in memory' : resolve(dataDir)}`,
  ]
  if (demo) lines.push('  demo         a small shop with simulated visitors: watch the status page')
  lines.push('Ctrl-C stops it; nothing acknowledged is lost.')
  return lines.join('\n')
}

/** The data folder a command without a server means: its option, the environment, the server's default. */
export function dataFolder(option: string | undefined): string {
  const variable = Object.entries(environmentVariables).find(([, key]) => key === 'dataDir')?.[0] ?? 'FORAGE_DATA'
  return resolve(option ?? (process.env[variable] || './data'))
}
