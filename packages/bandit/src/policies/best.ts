/** Writes 1 / (number of ties) for the available entries with the largest value, 0 elsewhere. Returns that value. */
export function shareAmongBest(values: Float64Array, available: Uint8Array, out: Float64Array): number {
  let best = -Infinity
  let ties = 0
  for (let i = 0; i < values.length; i++) {
    if (available[i] !== 1) continue
    const value = values[i]!
    if (value > best) {
      best = value
      ties = 1
    } else if (value === best) ties++
  }
  const share = 1 / ties
  for (let i = 0; i < values.length; i++) out[i] = available[i] === 1 && values[i] === best ? share : 0
  return best
}

export function countOf(available: Uint8Array): number {
  let count = 0
  for (let i = 0; i < available.length; i++) count += available[i]!
  return count
}

const GRAIN = 2 ** 42

/**
 * Rounds a number of [0, 1] to a multiple of 2⁻⁴²: sums of up to a thousand of them are exact, so a normalising total does not depend
 * on the candidates' order.
 */
export const summable = (value: number): number => Math.round(value * GRAIN) / GRAIN
