/**
 * Σ a[aFrom + k]·b[bFrom + k] over k < n. Four partial sums, term k goes to sum k mod 4, added as (s0 + s2) + (s1 + s3): the order
 * of two float64x2 accumulators, so the WASM module gives the same bits.
 */
export function dot(a: Float64Array, aFrom: number, b: Float64Array, bFrom: number, n: number): number {
  let s0 = 0
  let s1 = 0
  let s2 = 0
  let s3 = 0
  let k = 0
  for (; k + 4 <= n; k += 4) {
    s0 += a[aFrom + k]! * b[bFrom + k]!
    s1 += a[aFrom + k + 1]! * b[bFrom + k + 1]!
    s2 += a[aFrom + k + 2]! * b[bFrom + k + 2]!
    s3 += a[aFrom + k + 3]! * b[bFrom + k + 3]!
  }
  if (k < n) s0 += a[aFrom + k]! * b[bFrom + k]!
  if (k + 1 < n) s1 += a[aFrom + k + 1]! * b[bFrom + k + 1]!
  if (k + 2 < n) s2 += a[aFrom + k + 2]! * b[bFrom + k + 2]!
  return s0 + s2 + (s1 + s3)
}

/** As `dot`, over the cells a[aFrom + index[k]]·values[k], k < n. */
export function gatheredDot(a: Float64Array, aFrom: number, index: Int32Array, values: Float64Array, n: number): number {
  let s0 = 0
  let s1 = 0
  let s2 = 0
  let s3 = 0
  let k = 0
  for (; k + 4 <= n; k += 4) {
    s0 += a[aFrom + index[k]!]! * values[k]!
    s1 += a[aFrom + index[k + 1]!]! * values[k + 1]!
    s2 += a[aFrom + index[k + 2]!]! * values[k + 2]!
    s3 += a[aFrom + index[k + 3]!]! * values[k + 3]!
  }
  if (k < n) s0 += a[aFrom + index[k]!]! * values[k]!
  if (k + 1 < n) s1 += a[aFrom + index[k + 1]!]! * values[k + 1]!
  if (k + 2 < n) s2 += a[aFrom + index[k + 2]!]! * values[k + 2]!
  return s0 + s2 + (s1 + s3)
}
