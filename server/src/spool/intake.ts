import { ForageError } from '@forage/domain'
import type { EventLog, Position, Spool } from '@forage/event-log'
import { isRefusal, type LogHealth } from './log-health.ts'
import type { SpoolDrainer } from './spool-drainer.ts'
import { within } from './within.ts'

export interface IntakeParts {
  readonly log: EventLog
  readonly health: LogHealth
  /** Null: a record that the log does not take is refused. */
  readonly spool: { readonly records: Spool; readonly drainer: SpoolDrainer } | null
  /** The log is elsewhere and may stay silent: a record waits at most so long for it. Null: it is this machine's disk. */
  readonly patienceMs: number | null
}

/** Takes records that must not be lost once they are acknowledged: into the log, or into the spool while the log is away. */
export class Intake {
  readonly #parts: IntakeParts

  constructor(parts: IntakeParts) {
    this.#parts = parts
  }

  /**
   * Resolves once the record is durable: with its position, or with null when it waits in the spool. `value` must not change until
   * then. A record that the log was slow to take may get there twice. While older records of the partition wait, newer ones wait behind them.
   * @throws ForageError `log_unavailable` when it is kept nowhere (its fate in the log may be unknown)
   */
  async take(partition: number, value: Uint8Array): Promise<Position | null> {
    const { log, health, spool, patienceMs } = this.#parts
    if (patienceMs === null) return this.#append(partition, value)
    const gate = spool?.drainer.gate(partition) ?? null
    if (gate !== null) await within(patienceMs, gate)
    if (spool !== null && (spool.records.waiting(partition) > 0 || health.isAway(partition))) return this.#spool(spool, partition, value)
    if (spool === null && health.admit(partition) === 'skip') throw new ForageError('log_unavailable', 'the log is away')
    const appended = log.append(partition, value)
    health.watch(partition, appended)
    let failure: unknown
    const position = await within(patienceMs, appended.catch((error: unknown) => ((failure = error), null)))
    if (position) return position
    if (isRefusal(failure)) throw failure as ForageError
    if (spool === null) throw new ForageError('log_unavailable', 'the log did not take the record', { fate: position === undefined ? 'unknown' : 'rejected' }, { cause: failure })
    return this.#spool(spool, partition, value)
  }

  #append(partition: number, value: Uint8Array): Promise<Position> {
    const appended = this.#parts.log.append(partition, value)
    this.#parts.health.watch(partition, appended)
    return appended
  }

  async #spool({ records, drainer }: NonNullable<IntakeParts['spool']>, partition: number, value: Uint8Array): Promise<null> {
    await records.put(partition, value)
    drainer.wake(partition)
    return null
  }
}
