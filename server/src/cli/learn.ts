import { readFileSync } from 'node:fs'
import closeWithGrace from 'close-with-grace'
import { isFleet, readConfig } from '../config.ts'
import { listenForProbes } from '../learn/learner-server.ts'
import { startLearner } from '../learn/learner.ts'
import { createLearnerMetrics } from '../metrics/learner-metrics.ts'
import { openDrivers } from '../runtime/drivers.ts'
import { machineLog, readableLog } from './server-log.ts'
import type { Terminal } from './terminal.ts'

export interface LearnOptions {
  readonly port?: number
  readonly host?: string
}

/** Runs a learner until a signal stops it: what it has learned is saved, and its partitions are free for others. */
export async function learn({ port, host }: LearnOptions, terminal: Terminal): Promise<void> {
  const atTerminal = process.stdout.isTTY === true
  const say = (text: string) => (atTerminal ? terminal.out(text) : terminal.note(text))
  const config = readConfig({ ...(atTerminal ? { LOG_LEVEL: 'warn' } : {}), ...process.env }, { ...(port === undefined ? {} : { port }), ...(host === undefined ? {} : { host }) })
  if (!isFleet(config)) throw new Error('a learner of its own needs Kafka and Redis: set FORAGE_KAFKA_BROKERS and FORAGE_REDIS_URL (without them `forage serve` learns by itself)')
  const logger = atTerminal ? readableLog(config.logLevel, (text) => terminal.note(text)) : machineLog(config.logLevel)
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
  const learner = startLearner(await openDrivers(config, 'learner', logger), config, logger)
  let stopping = false
  const probes = await listenForProbes({ learner, metrics: createLearnerMetrics(learner, version), version, host: config.host, port: config.port, stopping: () => stopping }).catch(async (error: unknown) => {
    await learner.close()
    throw (error as NodeJS.ErrnoException).code === 'EADDRINUSE' ? new Error(`port ${config.port} of ${config.host} is taken: choose another with --port`, { cause: error }) : error
  })
  closeWithGrace({ delay: 15_000, logger: { error: (text) => terminal.note(String(text)) } }, async ({ err, signal }) => {
    stopping = true
    if (err !== undefined) terminal.note(`forage: ${process.env['DEBUG'] ? (err.stack ?? err.message) : err.message}`)
    else say(`${signal ?? 'stop'}: saving what is learned …`)
    probes.server.close()
    probes.server.closeAllConnections()
    await learner.close()
  })
  logger.info({ url: probes.url, partitions: learner.partitions }, 'learning')
  say(`Forage learns; probes and metrics at ${probes.url}\nCtrl-C stops it; other learners take its partitions over.`)
}
