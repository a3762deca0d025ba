import { ForageError } from '@forage/domain'

export interface LogHealthOptions {
  readonly partitions: number
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number
  /** An append not acknowledged after this time says that the partition is away (default 750). */
  readonly slowMs?: number
  /** While it is away, one append is let through in this time (default 250). */
  readonly probeMs?: number
}

/** `append`: as usual. `probe`: the partition is away, but this append may try. `skip`: do not append. */
export type Admission = 'append' | 'probe' | 'skip'

interface Waiting {
  readonly since: number
}

interface Partition {
  /** Not settled, oldest first. */
  readonly waiting: Set<Waiting>
  failed: boolean
  away: boolean
  nextProbe: number
}

/** Knows from its appends whether the log takes records: a breaker for each partition, as partitions may have leaders of their own. */
export class LogHealth {
  readonly #partitions: readonly Partition[]
  readonly #now: () => number
  readonly #slowMs: number
  readonly #probeMs: number

  constructor({ partitions, now = () => performance.now(), slowMs = 750, probeMs = 250 }: LogHealthOptions) {
    this.#partitions = Array.from({ length: partitions }, () => ({ waiting: new Set<Waiting>(), failed: false, away: false, nextProbe: 0 }))
    this.#now = now
    this.#slowMs = slowMs
    this.#probeMs = probeMs
  }

  /** Whether a record may be appended now. `probe` is said once in `probeMs`: whoever is told so should append. */
  admit(partition: number): Admission {
    if (!this.isAway(partition)) return 'append'
    const state = this.#partitions[partition]!
    const now = this.#now()
    if (now < state.nextProbe) return 'skip'
    state.nextProbe = now + this.#probeMs
    return 'probe'
  }

  isAway(partition: number): boolean {
    const state = this.#partitions[partition]!
    const away = state.failed || this.#isSlow(state)
    if (away && !state.away) state.nextProbe = this.#now() + this.#probeMs
    state.away = away
    return away
  }

  /** Partitions that do not take records. */
  get away(): number {
    let count = 0
    for (let partition = 0; partition < this.#partitions.length; partition++) if (this.isAway(partition)) count += 1
    return count
  }

  /** Learns from the outcome of an append that was just begun. */
  watch(partition: number, appended: Promise<unknown>): void {
    const state = this.#partitions[partition]!
    const mine = { since: this.#now() }
    state.waiting.add(mine)
    appended.then(
      () => acknowledged(state, mine),
      (error: unknown) => {
        if (state.waiting.delete(mine) && !isRefusal(error)) state.failed = true // else a later one was acknowledged
      },
    )
  }

  #isSlow({ waiting }: Partition): boolean {
    for (const { since } of waiting) return this.#now() - since > this.#slowMs
    return false
  }
}

function acknowledged(state: Partition, mine: Waiting): void {
  state.failed = false
  if (!state.waiting.has(mine)) return
  for (const waiting of state.waiting) {
    state.waiting.delete(waiting) // whatever became of those before this one: the log takes records now
    if (waiting === mine) return
  }
}

/** The log takes records, but not this one: too large, or for a partition it does not have. */
export function isRefusal(error: unknown): boolean {
  return error instanceof ForageError && error.code === 'internal'
}
