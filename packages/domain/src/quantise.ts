/**
 * Features and rewards are multiples of 2⁻¹² in a bounded range. A product of two is a multiple of 2⁻²⁴, so float64 sums of
 * products are exact — independent of order, and corrections cancel to the last bit — while every diagonal of Σxxᵀ and Σr²
 * stays below `EXACT_LIMIT` = 2²⁹ (an off-diagonal is bounded by its diagonals, Cauchy–Schwarz).
 */
export const QUANTUM = 2 ** -12
const UNITS = 2 ** 12
/** Largest magnitude of a feature after encoding; encoders clip to it. */
export const MAX_FEATURE = 64
/** Largest magnitude of a reward the statistics accept. */
export const MAX_REWARD = 4096
/** Sums of products stay exact in float64 below this. */
export const EXACT_LIMIT = 2 ** 29

/** Nearest multiple of 2⁻¹² (ties towards +∞, never −0). `value` must be finite. */
export function quantise(value: number): number {
  return Math.floor(value * UNITS + 0.5) / UNITS + 0
}

/** `quantise` after clipping to [−limit, limit]; NaN becomes 0. */
export function quantiseWithin(value: number, limit: number): number {
  if (!(value > -limit)) return value <= -limit ? -limit : 0
  return value >= limit ? limit : quantise(value)
}

/** A quantised number as a whole number of quanta: short and exact in JSON. */
export function toUnits(value: number): number {
  return value * UNITS
}

export function fromUnits(units: number): number {
  return units / UNITS
}
