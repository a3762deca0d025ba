import { requireLength } from '../shapes.ts'

/** Every score is one sum in feature order, rounded to float32 after each step. Four draws at a time only to keep the CPU busy. */
export function scoreDraws(rows: Float64Array, count: number, d: number, draws: Float32Array, drawCount: number, out: Float32Array): void {
  requireLength(rows, count * d, 'rows')
  requireLength(draws, drawCount * d, 'draws')
  requireLength(out, count * drawCount, 'out')
  for (let i = 0; i < count; i++) {
    let m = 0
    for (; m + 4 <= drawCount; m += 4) {
      let s0 = 0
      let s1 = 0
      let s2 = 0
      let s3 = 0
      for (let k = 0; k < d; k++) {
        const x = Math.fround(rows[i * d + k]!)
        const from = m * d + k
        s0 = Math.fround(s0 + Math.fround(x * draws[from]!))
        s1 = Math.fround(s1 + Math.fround(x * draws[from + d]!))
        s2 = Math.fround(s2 + Math.fround(x * draws[from + 2 * d]!))
        s3 = Math.fround(s3 + Math.fround(x * draws[from + 3 * d]!))
      }
      const to = i * drawCount + m
      out[to] = s0
      out[to + 1] = s1
      out[to + 2] = s2
      out[to + 3] = s3
    }
    for (; m < drawCount; m++) {
      let sum = 0
      for (let k = 0; k < d; k++) sum = Math.fround(sum + Math.fround(Math.fround(rows[i * d + k]!) * draws[m * d + k]!))
      out[i * drawCount + m] = sum
    }
  }
}

let shared = new Float64Array(64)

/**
 * A row's share = (draws it wins alone + Σ over its tied draws, in draw order, of 1 / ties) / M: the wins are whole numbers and the
 * ties are added in draw order, so the result does not depend on where a row stands. A score that is not a number counts as −∞.
 */
export function bestShares(scores: Float32Array, count: number, drawCount: number, available: Uint8Array, out: Float64Array): void {
  requireLength(scores, count * drawCount, 'scores')
  requireLength(available, count, 'available')
  requireLength(out, count, 'out')
  if (shared.length < count) shared = new Float64Array(count)
  out.fill(0, 0, count)
  shared.fill(0, 0, count)
  for (let m = 0; m < drawCount; m++) {
    let best = -Infinity
    let winner = -1
    let ties = 0
    for (let i = 0; i < count; i++) {
      if (available[i] === 0) continue
      const score = scores[i * drawCount + m]!
      if (score > best) {
        best = score
        winner = i
        ties = 1
      } else if (!(score < best)) ties += score === best || best === -Infinity ? 1 : 0
    }
    if (ties === 1 && winner >= 0) out[winner]! += 1
    else if (ties > 0) shareDraw(scores, count, drawCount, available, m, best, 1 / ties)
  }
  for (let i = 0; i < count; i++) out[i] = (out[i]! + shared[i]!) / drawCount
}

/** Adds `share` to every available row whose score in draw m is `best`. */
function shareDraw(scores: Float32Array, count: number, drawCount: number, available: Uint8Array, m: number, best: number, share: number): void {
  for (let i = 0; i < count; i++) {
    const score = scores[i * drawCount + m]!
    if (available[i] !== 0 && (score === best || (best === -Infinity && !(score > best)))) shared[i]! += share
  }
}
