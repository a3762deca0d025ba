import { addProduct, at, rowOf } from './cells'

/**
 * xᵀSx for many rows: lanes are rows, so every sum runs in index order and a row's result does not depend on its neighbours. Columns
 * that are zero in all rows of a block are left out. `work` has room for 8d values, d offsets and 8 sums (68d + 64 bytes).
 */
export function quadraticForms(rows: usize, count: i32, d: i32, matrix: usize, out: usize, work: usize): void {
  const sums = work
  const columns = work + 64
  const offsets = columns + (<usize>d << 6)
  for (let i = 0; i < count; i += 8) {
    const valid = min(8, count - i)
    const active = gatherColumns(rows + (<usize>(i * d) << 3), valid, d, columns, offsets)
    memory.fill(sums, 0, 64)
    if (valid > 4) forms8(matrix, active, columns, offsets, sums)
    else forms4(matrix, active, columns, offsets, sums)
    memory.copy(at(out, i), sums, <usize>valid << 3)
  }
}

/** Transposes up to 8 rows into columns of 8 lanes, only the columns with a non-zero entry; unused lanes are 0. */
function gatherColumns(rows: usize, valid: i32, d: i32, columns: usize, offsets: usize): i32 {
  const stride = <usize>d << 3
  let active = 0
  let to = columns
  for (let k = 0; k < d; k++) {
    const from = at(rows, k)
    let bits: v128
    if (valid == 8) {
      const half = from + 4 * stride
      const v0 = pairOf(from, stride)
      const v1 = pairOf(from + 2 * stride, stride)
      const v2 = pairOf(half, stride)
      const v3 = pairOf(half + 2 * stride, stride)
      v128.store(to, v0)
      v128.store(to, v1, 16)
      v128.store(to, v2, 32)
      v128.store(to, v3, 48)
      bits = v128.or(v128.or(v0, v1), v128.or(v2, v3))
    } else bits = partialColumn(from, stride, valid, to)
    store<i32>(offsets + (<usize>active << 2), k << 3)
    if (v128.any_true(i64x2.shl(bits, 1))) {
      active++
      to += 64
    }
  }
  return active
}

// @ts-ignore: decorator
@inline function pairOf(from: usize, stride: usize): v128 {
  return v128.load64_lane(from + stride, v128.load64_zero(from), 1)
}

function partialColumn(from: usize, stride: usize, valid: i32, to: usize): v128 {
  let bits = i64x2.splat(0)
  for (let lane = 0; lane < 8; lane++) {
    const cell = lane < valid ? v128.load64_zero(from) : i64x2.splat(0)
    v128.store64_lane(at(to, lane), cell, 0)
    bits = v128.or(bits, cell)
    from += stride
  }
  return bits
}

/** x·(2·half + diagonal·x) */
// @ts-ignore: decorator
@inline function term(x: v128, half: v128, diagonal: v128): v128 {
  return f64x2.mul(x, addProduct(f64x2.add(half, half), diagonal, x))
}

/** Adds the terms of two rows, whose columns lie 64 bytes apart, to two lanes' sums; `below` is the cell between the two. */
// @ts-ignore: decorator
@inline function addTwo(sums: usize, columns: usize, half0: v128, half1: v128, d0: v128, below: v128, d1: v128): void {
  const x = v128.load(columns)
  const first = f64x2.add(v128.load(sums), term(x, half0, d0))
  v128.store(sums, f64x2.add(first, term(v128.load(columns, 64), addProduct(half1, below, x), d1)))
}

/** Two rows of the matrix against eight lanes. */
function forms8(matrix: usize, active: i32, columns: usize, offsets: usize, sums: usize): void {
  let b = 0
  for (; b + 2 <= active; b += 2) {
    const offset0 = <usize>load<i32>(offsets + (<usize>b << 2))
    const offset1 = <usize>load<i32>(offsets + (<usize>b << 2), 4)
    const row0 = rowOf(matrix, <i32>offset0 >> 3)
    const row1 = rowOf(matrix, <i32>offset1 >> 3)
    let p0 = f64x2.splat(0)
    let p1 = f64x2.splat(0)
    let p2 = f64x2.splat(0)
    let p3 = f64x2.splat(0)
    let q0 = f64x2.splat(0)
    let q1 = f64x2.splat(0)
    let q2 = f64x2.splat(0)
    let q3 = f64x2.splat(0)
    let x = columns
    let o = offsets
    const end = columns + (<usize>b << 6)
    while (x < end) {
      const offset = <usize>load<i32>(o)
      const s0 = v128.load64_splat(row0 + offset)
      const s1 = v128.load64_splat(row1 + offset)
      let v = v128.load(x)
      p0 = addProduct(p0, s0, v)
      q0 = addProduct(q0, s1, v)
      v = v128.load(x, 16)
      p1 = addProduct(p1, s0, v)
      q1 = addProduct(q1, s1, v)
      v = v128.load(x, 32)
      p2 = addProduct(p2, s0, v)
      q2 = addProduct(q2, s1, v)
      v = v128.load(x, 48)
      p3 = addProduct(p3, s0, v)
      q3 = addProduct(q3, s1, v)
      x += 64
      o += 4
    }
    const below = v128.load64_splat(row1 + offset0)
    const d0 = v128.load64_splat(row0 + offset0)
    const d1 = v128.load64_splat(row1 + offset1)
    addTwo(sums + 0, x + 0, p0, q0, d0, below, d1)
    addTwo(sums + 16, x + 16, p1, q1, d0, below, d1)
    addTwo(sums + 32, x + 32, p2, q2, d0, below, d1)
    addTwo(sums + 48, x + 48, p3, q3, d0, below, d1)
  }
  if (b < active) {
    lastForm(matrix, b, columns, offsets, sums, 0)
    lastForm(matrix, b, columns, offsets, sums, 32)
  }
}

/** Two rows of the matrix against the first four lanes. */
function forms4(matrix: usize, active: i32, columns: usize, offsets: usize, sums: usize): void {
  let b = 0
  for (; b + 2 <= active; b += 2) {
    const offset0 = <usize>load<i32>(offsets + (<usize>b << 2))
    const offset1 = <usize>load<i32>(offsets + (<usize>b << 2), 4)
    const row0 = rowOf(matrix, <i32>offset0 >> 3)
    const row1 = rowOf(matrix, <i32>offset1 >> 3)
    let p0 = f64x2.splat(0)
    let p1 = f64x2.splat(0)
    let q0 = f64x2.splat(0)
    let q1 = f64x2.splat(0)
    let x = columns
    let o = offsets
    const end = columns + (<usize>b << 6)
    while (x < end) {
      const offset = <usize>load<i32>(o)
      const s0 = v128.load64_splat(row0 + offset)
      const s1 = v128.load64_splat(row1 + offset)
      let v = v128.load(x)
      p0 = addProduct(p0, s0, v)
      q0 = addProduct(q0, s1, v)
      v = v128.load(x, 16)
      p1 = addProduct(p1, s0, v)
      q1 = addProduct(q1, s1, v)
      x += 64
      o += 4
    }
    const below = v128.load64_splat(row1 + offset0)
    const d0 = v128.load64_splat(row0 + offset0)
    const d1 = v128.load64_splat(row1 + offset1)
    addTwo(sums + 0, x + 0, p0, q0, d0, below, d1)
    addTwo(sums + 16, x + 16, p1, q1, d0, below, d1)
  }
  if (b < active) lastForm(matrix, b, columns, offsets, sums, 0)
}

/** The last of an odd number of rows, four lanes from byte `lanes` on. */
function lastForm(matrix: usize, b: i32, columns: usize, offsets: usize, sums: usize, lanes: usize): void {
  const own = <usize>load<i32>(offsets + (<usize>b << 2))
  const row = rowOf(matrix, <i32>own >> 3)
  let p0 = f64x2.splat(0)
  let p1 = f64x2.splat(0)
  let x = columns + lanes
  let o = offsets
  const end = x + (<usize>b << 6)
  while (x < end) {
    const s = v128.load64_splat(row + <usize>load<i32>(o))
    p0 = addProduct(p0, s, v128.load(x))
    p1 = addProduct(p1, s, v128.load(x, 16))
    x += 64
    o += 4
  }
  const diagonal = v128.load64_splat(row + own)
  sums += lanes
  v128.store(sums, f64x2.add(v128.load(sums), term(v128.load(x), p0, diagonal)))
  v128.store(sums, f64x2.add(v128.load(sums, 16), term(v128.load(x, 16), p1, diagonal)), 16)
}
