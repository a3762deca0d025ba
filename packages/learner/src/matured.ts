import type { Contribution, Joined } from './joined.ts'
import { rewardOf } from './reward.ts'

/** A decision that was learned from, as long as late feedback can correct it; or one that was discarded. */
export interface Matured extends Joined {
  /** Offset of the record that made it mature. */
  readonly maturedAt: number
  /** How many items from the top were learned. Fixed: a correction never changes A or n. */
  readonly examined: number
  /** Reward credited to each examined item so far. */
  credited: number[]
  /** Never activated: nothing was learned and nothing will be. */
  readonly discarded: boolean
}

/**
 * The entry as it was before the record at `offset`: a log folded again from its start can meet entries that know its future.
 * Undefined when it had not matured yet.
 */
export function asOf(entry: Matured, offset: number): Matured | undefined {
  if (entry.maturedAt > offset) return undefined
  const known = (contribution: Contribution) => contribution.offset < offset
  if (entry.contributions.every(known)) return entry
  const contributions = entry.contributions.filter(known)
  return { ...entry, contributions, credited: entry.credited.map((_, item) => rewardOf(entry.definition, contributions, item)) }
}

