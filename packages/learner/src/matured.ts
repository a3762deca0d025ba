import { seal, unseal } from './blob.ts'
import type { Definition } from './definition.ts'
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

/** Short names: millions of these may lie in the store. */
interface Saved {
  readonly o: number
  readonly t: number
  readonly m: number
  readonly p: string
  readonly n: number
  readonly k: string
  readonly e: number
  readonly c: readonly number[]
  readonly s: readonly (readonly [string, readonly number[]])[]
  readonly f: readonly (readonly [number, string, number, string, 0 | 1, number])[]
  readonly d: 0 | 1
}

export function encodeMatured(entry: Matured): Uint8Array {
  const { definition, slate, contributions, discarded, examined } = entry
  const saved: Saved = {
    o: entry.offset, t: entry.time, m: entry.maturedAt, p: definition.spec.id, n: definition.version, k: entry.model,
    e: examined, c: entry.credited, d: discarded ? 1 : 0,
    s: discarded ? [] : slate.map(({ id, x }, place) => [id, place < examined ? x : []]),
    f: contributions.map(({ item, event, value, feedbackId, final, offset }) => [item, event, value, feedbackId, final ? 1 : 0, offset]),
  }
  return seal(saved)
}

/**
 * Null when its placement is unknown: it then belongs to the future of a log that is folded again from its start.
 * @throws ForageError `corrupt_state`
 */
export function decodeMatured(id: string, bytes: Uint8Array, definitionOf: (placement: string, version: number) => Definition | undefined): Matured | null {
  const saved = unseal<Saved>(bytes, `entry of decision ${id}`)
  const definition = definitionOf(saved.p, saved.n)
  if (definition === undefined) return null
  return {
    id, offset: saved.o, time: saved.t, maturedAt: saved.m, definition, model: saved.k, examined: saved.e, credited: [...saved.c], discarded: saved.d === 1,
    slate: saved.s.map(([itemId, x]) => ({ id: itemId, x })),
    contributions: saved.f.map(([item, event, value, feedbackId, final, offset]) => ({ item, event, value, feedbackId, final: final === 1, offset })),
  }
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

