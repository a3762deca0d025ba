/** Positions and values of a vector's non-zero entries. One buffer, reused by every call: valid until the next `nonZeros`. */
export interface NonZeros {
  count: number
  index: Int32Array
  values: Float64Array
}

const found: NonZeros = { count: 0, index: new Int32Array(64), values: new Float64Array(64) }

/**
 * The non-zero entries of x[from … from + d) when they are at most half of it, else `null`. One-hot features make such vectors; the kernels then
 * touch only the cells that matter. The threshold is part of a kernel's definition: it decides the order of its sums.
 */
export function sparse(x: Float64Array, d: number, from = 0): NonZeros | null {
  const limit = d >> 1
  if (found.index.length < limit) {
    found.index = new Int32Array(limit)
    found.values = new Float64Array(limit)
  }
  const { index, values } = found
  let count = 0
  for (let k = 0; k < d; k++) {
    const value = x[from + k]!
    if (value === 0) continue
    if (count === limit) return null
    index[count] = k
    values[count++] = value
  }
  found.count = count
  return found
}
