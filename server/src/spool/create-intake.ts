import { join } from 'node:path'
import type { EventLog, Spool } from '@forage/event-log'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import { Intake } from './intake.ts'
import { LogHealth } from './log-health.ts'
import { SpoolDrainer } from './spool-drainer.ts'

/** What keeps records while the log is away. */
export interface IntakeState {
  readonly health: LogHealth
  readonly intake: Intake
  readonly spool: Spool | null
  /** Records that went from the spool into the log, and those the log will never take, since the start. */
  readonly drained: () => number
  readonly refused: () => number
  /** Gives the spool a little time to become empty, then closes it. Before the log is closed. */
  close(): Promise<void>
}

export interface IntakeSetting {
  readonly log: EventLog
  /** The log is elsewhere. */
  readonly remote: boolean
  readonly spool: Spool | null
  readonly logger: Logger
}

/** An append that takes longer than this is taken for one that will not come. */
const PATIENCE_MS = 750
const GRACE_MS = 3000

/** The spool of a server whose log is elsewhere: `<data>/spool`; null without a data folder. @throws ForageError `log_unavailable` */
export async function openServerSpool({ dataDir, spoolMaxBytes }: Config): Promise<Spool | null> {
  if (dataDir === null) return null
  const { openSpool } = await import('@forage/event-log/spool')
  return openSpool({ path: join(dataDir, 'spool'), maxBytes: spoolMaxBytes })
}

export function createIntake({ log, remote, spool, logger }: IntakeSetting): IntakeState {
  const health = new LogHealth({ partitions: log.partitions, slowMs: PATIENCE_MS })
  let refused = 0
  const drainer =
    spool === null
      ? null
      : new SpoolDrainer({
          spool, log, health,
          onRefused: (partition, { sequence, value }, error) => {
            refused += 1
            logger.error({ partition, sequence, record: Buffer.from(value).toString('base64'), err: error }, 'the log will never take this spooled record; it is gone')
          },
          onError: (error) => logger.error({ err: error }, 'the spool cannot be read or written'),
        })
  const intake = new Intake({ log, health, spool: spool === null || drainer === null ? null : { records: spool, drainer }, patienceMs: remote ? PATIENCE_MS : null })
  return {
    health, intake, spool,
    drained: () => drainer?.drained ?? 0,
    refused: () => refused,
    async close() {
      await drainer?.stop(GRACE_MS)
      await spool?.close()
    },
  }
}
