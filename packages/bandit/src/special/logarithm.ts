const STEP = 64
const REACH = 8
// ln(1 + k/64) and 1/(1 + k/64) for 0 ≤ k/64 ≤ 8.
const logs = Float64Array.from({ length: REACH * STEP + 1 }, (_, k) => Math.log1p(k / STEP))
const reciprocals = Float64Array.from(logs, (_, k) => STEP / (STEP + k))

/** ln(1 + y) for y ≥ 0: a series step of at most 1/128 from the nearest table entry, so no division. Relative error ≤ 4e-14. */
export function logOfOnePlus(y: number): number {
  if (!(y < REACH)) return Math.log1p(y)
  const k = (y * STEP + 0.5) | 0
  const r = (y - k / STEP) * reciprocals[k]!
  const s = r * r
  return logs[k]! + (r - s * (1 / 2 - r * (1 / 3) + s * (1 / 4 - r * (1 / 5) + s * (1 / 6))))
}
