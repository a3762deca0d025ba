import { ForageError } from '@forage/domain'
import { draw, type Choice } from './draw.ts'
import type { Scored } from './policy.ts'
import type { Rng } from './rng.ts'

export interface ChooseOptions {
  /** Slots to fill; fewer when there are fewer candidates. */
  readonly count: number
  /** Share of every draw that is spread uniformly over what is left. */
  readonly floor: number
  readonly rng: Rng
  /** Entry i is 1 (or true) when candidate i may not be picked. */
  readonly excluded?: ArrayLike<number | boolean>
}

export interface Slate {
  /** The picks in slot order, each with its probability given the picks above it. */
  readonly picks: Choice[]
  /** First-slot probability of every candidate, floor mixed in: sums to 1, 0 where excluded. Owned by the caller. */
  readonly probabilities: Float64Array
}

// Room of the last call, for the next of the same size.
let available = new Uint8Array(0)
let weights = new Float64Array(0)

/**
 * Fills a slate slot after slot: probabilities over what is left, then one draw.
 * @throws ForageError `no_candidates` when nothing may be picked
 */
export function choose(scored: Scored, { count, floor, rng, excluded }: ChooseOptions): Slate {
  const { size } = scored
  if (available.length !== size) {
    available = new Uint8Array(size)
    weights = new Float64Array(size)
  }
  let left = 0
  for (let index = 0; index < size; index++) {
    const may = excluded === undefined || !excluded[index]
    available[index] = may ? 1 : 0
    if (may) left++
  }
  if (left === 0) throw new ForageError('no_candidates', 'no candidate is left to choose from', { size })
  const probabilities = new Float64Array(size)
  const picks: Choice[] = []
  for (let slot = 0; slot < count && slot < left; slot++) {
    scored.probabilities(available, weights)
    const pick = draw(weights, floor, rng, available, slot === 0 ? probabilities : undefined)
    picks.push(pick)
    available[pick.index] = 0
  }
  return { picks, probabilities }
}
