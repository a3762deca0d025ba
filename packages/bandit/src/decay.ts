const GRID = 64
// 2^(j/64) rounded to ten binary places: the same bits on every machine, and short, so that sums of few half-lives stay exact.
const MANTISSAS = Float64Array.from({ length: GRID }, (_, j) => Math.round(2 ** (j / GRID) * 1024) / 1024)

/**
 * Forward decay: an observation of time t weighs 2^((t − origin)/halfLife), with the exponent rounded down to a multiple of 1/64.
 * Nothing already summed has to shrink as time goes by; only reading scales (`scaleStatistics(sums, 1 / decayWeight(now, …))`).
 * A decision's weight depends on its own time alone, so a correction, however late, moves b by the very w·Δr·x that was added, and
 * a correction and its retraction cancel (to the rounding of the sums; exactly while all sums fit 53 bits).
 *
 * Weights double each half-life: before they reach 2^512 the owner of the sums moves the origin by a whole number of half-lives n
 * and applies `scaleStatistics(sums, 2 ** -n)`, which is exact. Clamped to 2^±1000, so that it is always finite and above 0.
 */
export function decayWeight(timeMs: number, originMs: number, halfLifeMs: number): number {
  const steps = Math.floor(((timeMs - originMs) / halfLifeMs) * GRID)
  const octave = Math.floor(steps / GRID)
  if (!(octave < 1000)) return 2 ** 1000
  if (octave < -1000) return 2 ** -1000
  return MANTISSAS[steps - octave * GRID]! * 2 ** octave
}
