import { ForageError } from '@forage/domain'
import type { Rng } from './rng.ts'

/** One pick: the place of the candidate in the request, and the probability it was drawn with. */
export interface Choice {
  readonly index: number
  readonly propensity: number
}

/**
 * Draws one index from `weights` (sum 1, 0 where not available) mixed with a uniform share: pᵢ = (1 − floor)·wᵢ + floor/K over the K
 * available. The only place in Forage that picks a candidate. One `uniform` of `rng` per call.
 * @param available 1 where the index may be drawn
 * @param mixed gets every pᵢ; the caller owns it (length ≥ weights.length)
 * @throws ForageError `not_a_distribution` when weights are negative or do not sum to 1; `no_candidates` when none is available
 */
export function draw(weights: ArrayLike<number>, floor: number, rng: Rng, available?: Uint8Array, mixed?: Float64Array): Choice {
  const { length } = weights
  let count = 0
  let total = 0
  let least = 0
  for (let index = 0; index < length; index++) {
    const weight = weights[index]!
    total += weight
    if (weight < least) least = weight
    if (available === undefined || available[index] === 1) count++
  }
  if (count === 0) throw new ForageError('no_candidates', 'nothing is left to draw from')
  if (!(Math.abs(total - 1) < 1e-9) || least < 0) throw new ForageError('not_a_distribution', `weights sum to ${total}, least ${least}`)
  const share = floor / count
  let left = rng.uniform()
  let found = -1
  let last = -1
  for (let index = 0; index < length; index++) {
    const p = available === undefined || available[index] === 1 ? (1 - floor) * weights[index]! + share : 0
    if (mixed !== undefined) mixed[index] = p
    if (p <= 0) continue
    last = index // rounding may leave a crumb past the last share
    if (found === -1 && (left -= p) < 0) found = index
  }
  const index = found === -1 ? last : found
  return { index, propensity: (1 - floor) * weights[index]! + share }
}
