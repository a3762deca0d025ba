import { at } from './cells'

/**
 * Writes the byte offsets (i32) and values (f64) of the non-zero entries of x and returns how many, or −1 when they are more than
 * half of x: the same threshold as the twin's `sparse`, for it decides the order of the sums.
 */
export function nonZeros(x: usize, d: i32, offsets: usize, values: usize): i32 {
  const limit = d >> 1
  let count = 0
  for (let k = 0; k < d; k++) {
    const value = load<f64>(at(x, k))
    if (value == 0) continue
    if (count == limit) return -1
    store<i32>(offsets + (<usize>count << 2), k << 3)
    store<f64>(at(values, count), value)
    count++
  }
  return count
}

// @ts-ignore: decorator
@inline function pair(row: usize, offsets: usize, immediate: usize): v128 {
  const low = v128.load64_zero(row + <usize>load<i32>(offsets + immediate))
  return v128.load64_lane(row + <usize>load<i32>(offsets + immediate + 4), low, 1)
}

/** `dot` over the cells of `row` that `offsets` names. */
export function gatheredDot(row: usize, offsets: usize, values: usize, n: i32): f64 {
  let s0 = f64x2.splat(0)
  let s1 = f64x2.splat(0)
  const end = at(values, n & ~3)
  while (values < end) {
    s0 = f64x2.add(s0, f64x2.mul(pair(row, offsets, 0), v128.load(values)))
    s1 = f64x2.add(s1, f64x2.mul(pair(row, offsets, 8), v128.load(values, 16)))
    offsets += 16
    values += 32
  }
  if (n & 2) {
    s0 = f64x2.add(s0, f64x2.mul(pair(row, offsets, 0), v128.load(values)))
    offsets += 8
    values += 16
  }
  if (n & 1) {
    const last = f64x2.mul(v128.load64_zero(row + <usize>load<i32>(offsets)), v128.load64_zero(values))
    if (n & 2) s1 = f64x2.add(s1, last)
    else s0 = f64x2.add(s0, last)
  }
  const sum = f64x2.add(s0, s1)
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1)
}
