import { refusal } from '../http/problem.ts'
import type { Definition } from '../placements/definition.ts'

/** 2²¹ coordinates: 16 MiB of float64, a thousand candidates with the longest vectors. */
const MAX_CELLS = 2 ** 21
/** 2²² scores of posterior draws: 16 MiB of float32. */
const MAX_SCORES = 2 ** 22
/** 2²⁶ visits of a score over all slots of a slate: about 100 ms. */
const MAX_VISITS = 2 ** 26

/** Refuses a request whose size would hold up every other one. @throws ForageError `invalid_request` */
export function limitWork({ spec, d, policy }: Definition, candidates: number, count: number): void {
  const draws = spec.policy.name === 'linear-thompson' && policy.shape === 'shared' ? spec.policy.draws : 1
  if (candidates * d > MAX_CELLS) throw tooMany('candidates', Math.floor(MAX_CELLS / d), `vectors of length ${d}`)
  if (candidates * draws > MAX_SCORES) throw tooMany('candidates', Math.floor(MAX_SCORES / draws), `${draws} posterior draws`)
  const visits = Math.min(count, candidates) * candidates * draws
  if (visits > MAX_VISITS) throw tooMany('count', Math.floor(MAX_VISITS / (candidates * draws)), `${candidates} candidates and ${draws} posterior draws`)
}

function tooMany(field: string, limit: number, why: string) {
  return refusal('invalid_request', [{ field, message: `must be at most ${limit} with ${why}` }])
}

/** 2²⁴ pairs of hashed values: about 100 ms. */
const MAX_PAIRS = 2 ** 24

/** Refuses crossing more values of context and items than that, counted over all candidates so far. @throws ForageError `invalid_request` */
export function limitPairs(pairs: number): void {
  if (pairs > MAX_PAIRS)
    throw refusal('invalid_request', [{ field: 'candidates', message: `and context make more than ${MAX_PAIRS} pairs of values for the hashed encoder's interactions: send fewer of either` }])
}
