import type { EventLog, Position, Spool, SpooledRecord } from '@forage/event-log'
import { isRefusal, type LogHealth } from './log-health.ts'

export interface SpoolDrainerParts {
  readonly spool: Spool
  readonly log: EventLog
  readonly health: LogHealth
  /** The log will never take this record: it is gone. */
  readonly onRefused: (partition: number, record: SpooledRecord, error: unknown) => void
  /** The spool cannot be read or written. */
  readonly onError: (error: unknown) => void
}

const BATCH = { maxRecords: 500, maxBytes: 256 << 10 }
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 1000
/** About a commit. */
const MOMENT_MS = 5

/** Brings what waits in the spool into the log, each partition in its order, and removes only what the log has acknowledged. */
export class SpoolDrainer {
  readonly #parts: SpoolDrainerParts
  readonly #running = new Map<number, Promise<void>>()
  /** Partitions whose last records are on their way: resolved when nothing waits, or the log fails again. */
  readonly #gates = new Map<number, { readonly opened: Promise<void>; readonly open: () => void }>()
  #stopped = false
  #drained = 0
  /** Ends of the pauses that are being made. */
  readonly #pauses = new Set<() => void>()

  constructor(parts: SpoolDrainerParts) {
    this.#parts = parts
    for (const partition of parts.spool.partitions) this.wake(partition)
  }

  /** Records brought into the log since the start. */
  get drained(): number {
    return this.#drained
  }

  /**
   * While the last records of a partition go into the log, who waits for this does not have to queue behind them: else a steady stream
   * would keep itself in the spool for ever. Null when there is nothing to wait for.
   */
  gate(partition: number): Promise<void> | null {
    return this.#gates.get(partition)?.opened ?? null
  }

  /** Something waits in this partition. */
  wake(partition: number): void {
    if (this.#stopped || this.#running.has(partition)) return
    this.#running.set(partition, this.#drain(partition).finally(() => this.#running.delete(partition)))
  }

  /** Goes on for at most `graceMs` while something waits, then stops; appends under way are waited for. The rest stays on disk. */
  async stop(graceMs = 0): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    if (graceMs > 0 && this.#running.size > 0) {
      const over = new Promise<void>((resolve) => (timer = setTimeout(resolve, graceMs)))
      await Promise.race([Promise.all(this.#running.values()), over])
      clearTimeout(timer)
    }
    this.#stopped = true
    for (const end of this.#pauses) end()
    await Promise.all(this.#running.values())
  }

  async #drain(partition: number): Promise<void> {
    const { spool, onError } = this.#parts
    for (let failures = 0; !this.#stopped && spool.waiting(partition) > 0; ) {
      let taken = -1
      let found = 0
      try {
        const records = spool.peek(partition, BATCH)
        found = records.length
        taken = await this.#append(partition, records)
        if (taken > 0) await this.#remove(partition, records[taken - 1]!.sequence)
      } catch (error) {
        onError(error)
      }
      if (taken === 0 && found === 0) await this.#pause(MOMENT_MS) // they are just being written
      else if (taken === found) {
        failures = 0
        if (spool.waiting(partition) <= BATCH.maxRecords) this.#shut(partition)
      } else {
        this.#gates.get(partition)?.open()
        await this.#pause(backoffMs(++failures))
      }
    }
    this.#gates.get(partition)?.open()
  }

  #shut(partition: number): void {
    if (this.#gates.has(partition)) return
    let resolve = () => {}
    const opened = new Promise<void>((done) => (resolve = done))
    this.#gates.set(partition, { opened, open: () => (this.#gates.delete(partition), resolve()) })
  }

  /** How many of the first records are done with. What comes after one that failed is appended again behind it: twice, rather than out of order. */
  async #append(partition: number, records: readonly SpooledRecord[]): Promise<number> {
    const { log, health, onRefused } = this.#parts
    const appends: Promise<Position>[] = records.map(({ value }) => log.append(partition, value))
    for (const appended of appends) health.watch(partition, appended)
    const outcomes = await Promise.allSettled(appends)
    let taken = 0
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') {
        if (!isRefusal(outcome.reason)) break
        onRefused(partition, records[taken]!, outcome.reason)
      } else this.#drained += 1
      taken += 1
    }
    return taken
  }

  /** Until it succeeds: what is in the log must not be appended again and again because the disk is full. */
  async #remove(partition: number, sequence: number): Promise<void> {
    for (let failures = 1; !this.#stopped; failures++) {
      try {
        return await this.#parts.spool.remove(partition, sequence)
      } catch (error) {
        this.#parts.onError(error)
        await this.#pause(backoffMs(failures))
      }
    }
  }

  #pause(ms: number): Promise<void> {
    if (this.#stopped) return Promise.resolve()
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer)
        this.#pauses.delete(end)
        resolve()
      }
      const timer = setTimeout(end, ms)
      this.#pauses.add(end)
    })
  }
}

function backoffMs(failures: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 10), LONGEST_PAUSE_MS)
}
