import { decayWeight } from '@forage/bandit'

/** Half-lives between two origins of decayed sums: weights stay between about 2^−256 and 2^256. */
export const HALF_LIVES_PER_ORIGIN = 256

export interface Decay {
  readonly halfLifeMs: number | null
  /** Decayed sums are relative to `origin · 256` half-lives after 1970: the same grid in every partition. Null before the first. */
  readonly origin: number | null
}

/** What decayed sums must be multiplied with to be read at `now`; 1 without forgetting. */
export function readingScaleOf({ halfLifeMs, origin }: Decay, now: number): number {
  return halfLifeMs === null || origin === null ? 1 : 1 / decayWeight(now, origin * HALF_LIVES_PER_ORIGIN * halfLifeMs, halfLifeMs)
}
