import type { Timers } from './timers.ts'

export interface Cadence {
  readonly records: number
  readonly ms: number
}

/** Saving may take so much of the time that passes between two saves: a store that is slow is asked less often, … */
const SAVING_SHARE = 0.2
/** … but at least this often, in milliseconds. */
const SLOWEST_MS = 5000
/** With the store away, folding goes on in memory for this many checkpoints' worth of records, then waits. */
export const MOST_BEHIND = 20

/**
 * When a partition is saved: after so many records or milliseconds, whichever comes first, but no sooner after a save than that one took,
 * several times over. Without news no timer runs.
 */
export class SaveCadence {
  readonly #timers: Timers
  readonly #cadence: Cadence
  readonly #onDue: () => void
  #news = false
  #rung = false
  #forced = false
  #notBefore = -Infinity
  #cancel: (() => void) | null = null

  /** @param onDue called when time is up: `due` says yes from then on */
  constructor(timers: Timers, cadence: Cadence, onDue: () => void) {
    this.#timers = timers
    this.#cadence = cadence
    this.#onDue = onDue
  }

  /** Something was applied that the last save does not know. */
  touch(): void {
    this.#news = true
  }

  force(): void {
    this.#forced = true
  }

  /** Whether to save now, `behind` records after the last save; if not yet, the time for it is set. Ask while no save is under way. */
  due(behind: number): boolean {
    if (this.#rung || this.#forced) return true
    if (!this.#news || behind === 0) return false
    const { records, ms } = this.#cadence
    const wait = this.#notBefore - this.#timers.now()
    if (behind >= records && (wait <= 0 || behind >= MOST_BEHIND * records)) return true
    this.#cancel ??= this.#timers.after(Math.max(ms, wait), () => {
      this.#rung = true
      this.#onDue()
    })
    return false
  }

  /** A save begins, of all there is. @returns whether somebody asked for it */
  begin(): boolean {
    const forced = this.#forced
    this.stop()
    this.#news = this.#rung = this.#forced = false
    return forced
  }

  /** A save that began at `start` has succeeded. */
  saved(start: number): void {
    const took = this.#timers.now() - start
    this.#notBefore = start + Math.min(took / SAVING_SHARE, SLOWEST_MS)
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = null
  }
}
