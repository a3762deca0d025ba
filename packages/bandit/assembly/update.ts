import { addProduct, addScaled, at, dot, lanesSum, rowOf, subtractProduct } from './cells'
import { gatheredDot, nonZeros } from './non-zeros'

/** `work` has room for d offsets and d values (12d bytes). */
export function addOuter(matrix: usize, x: usize, d: i32, weight: f64, work: usize): void {
  const offsets = at(work, d)
  const few = nonZeros(x, d, offsets, work)
  if (few >= 0) {
    addSparseOuter(matrix, few, weight, offsets, work)
    return
  }
  let row = matrix
  for (let i = 0; i < d; i++) {
    addScaled(row, x, i + 1, weight * load<f64>(at(x, i)))
    row += <usize>(i + 1) << 3
  }
}

function addSparseOuter(matrix: usize, n: i32, weight: f64, offsets: usize, values: usize): void {
  const end = offsets + (<usize>n << 2)
  let value = values
  for (let own = offsets; own < end; own += 4, value += 8) {
    const row = rowOf(matrix, load<i32>(own) >> 3)
    const scaled = weight * load<f64>(value)
    let from = values
    for (let o = offsets; o <= own; o += 4, from += 8) {
      const cell = row + <usize>load<i32>(o)
      store<f64>(cell, load<f64>(cell) + scaled * load<f64>(from))
    }
  }
}

/** `work` has room for d offsets and d values (12d bytes). */
export function addToInverse(inverse: usize, x: usize, d: i32, weight: f64, u: usize, work: usize): f64 {
  const offsets = at(work, d)
  const few = nonZeros(x, d, offsets, work)
  if (few < 0) multiplyDense(inverse, x, d, u)
  else multiplySparse(inverse, x, d, u, few, offsets, work)
  const gain = dot(x, u, d)
  subtractOuter(inverse, u, d, weight / (1 + weight * gain))
  return gain
}

/** u = S·x. Two rows at a time: each cell is read once, for its own row and for the column above the diagonal. */
function multiplyDense(matrix: usize, x: usize, d: i32, u: usize): void {
  let i = 0
  for (; i + 2 <= d; i += 2) {
    let row0 = rowOf(matrix, i)
    let row1 = rowOf(matrix, i + 1)
    const x0 = load<f64>(at(x, i))
    const x1 = load<f64>(at(x, i + 1))
    const v0 = f64x2.splat(x0)
    const v1 = f64x2.splat(x1)
    let a0 = f64x2.splat(0)
    let a1 = f64x2.splat(0)
    let b0 = f64x2.splat(0)
    let b1 = f64x2.splat(0)
    let from = x
    let to = u
    const end = at(u, i & ~3)
    while (to < end) {
      let s0 = v128.load(row0)
      let s1 = v128.load(row1)
      let xs = v128.load(from)
      a0 = addProduct(a0, s0, xs)
      b0 = addProduct(b0, s1, xs)
      v128.store(to, addProduct(addProduct(v128.load(to), s0, v0), s1, v1))
      s0 = v128.load(row0, 16)
      s1 = v128.load(row1, 16)
      xs = v128.load(from, 16)
      a1 = addProduct(a1, s0, xs)
      b1 = addProduct(b1, s1, xs)
      v128.store(to, addProduct(addProduct(v128.load(to, 16), s0, v0), s1, v1), 16)
      row0 += 32
      row1 += 32
      from += 32
      to += 32
    }
    if (i & 2) {
      const s0 = v128.load(row0)
      const s1 = v128.load(row1)
      const xs = v128.load(from)
      a0 = addProduct(a0, s0, xs)
      b0 = addProduct(b0, s1, xs)
      v128.store(to, addProduct(addProduct(v128.load(to), s0, v0), s1, v1))
      row0 += 16
      row1 += 16
    }
    const below = load<f64>(row1)
    const corner = f64x2.replace_lane(f64x2.splat(0), 0, below * x0)
    if (i & 2) b1 = f64x2.add(b1, corner)
    else b0 = f64x2.add(b0, corner)
    store<f64>(at(u, i), lanesSum(f64x2.add(a0, a1)) + load<f64>(row0) * x0 + below * x1)
    store<f64>(at(u, i + 1), lanesSum(f64x2.add(b0, b1)) + load<f64>(row1, 8) * x1)
  }
  if (i < d) {
    const row = rowOf(matrix, i)
    const value = load<f64>(at(x, i))
    store<f64>(at(u, i), dot(row, x, i) + load<f64>(at(row, i)) * value)
    addScaled(u, row, i, value)
  }
}

/** All entries' own rows first, then the columns above the diagonal, in the twin's order: row after row, two in one go. */
function multiplySparse(matrix: usize, x: usize, d: i32, u: usize, n: i32, offsets: usize, values: usize): void {
  let row = matrix
  let before = 0
  for (let i = 0; i < d; i++) {
    const value = load<f64>(at(x, i))
    store<f64>(at(u, i), gatheredDot(row, offsets, values, before) + load<f64>(at(row, i)) * value)
    if (value != 0) before++
    row += <usize>(i + 1) << 3
  }
  let a = 0
  for (; a + 2 <= n; a += 2) {
    const i = load<i32>(offsets + (<usize>a << 2)) >> 3
    const j = load<i32>(offsets + (<usize>a << 2), 4) >> 3
    const below = rowOf(matrix, j)
    const value = load<f64>(at(values, a), 8)
    addTwoScaled(u, rowOf(matrix, i), below, i, load<f64>(at(values, a)), value)
    addScaled(at(u, i), at(below, i), j - i, value)
  }
  if (a < n) {
    const i = load<i32>(offsets + (<usize>a << 2)) >> 3
    addScaled(u, rowOf(matrix, i), i, load<f64>(at(values, a)))
  }
}

/** to[k] = (to[k] + v · from[k]) + w · next[k], k < n. */
function addTwoScaled(to: usize, from: usize, next: usize, n: i32, v: f64, w: f64): void {
  const vs = f64x2.splat(v)
  const ws = f64x2.splat(w)
  const end = at(to, n & ~1)
  while (to < end) {
    v128.store(to, addProduct(addProduct(v128.load(to), vs, v128.load(from)), ws, v128.load(next)))
    to += 16
    from += 16
    next += 16
  }
  if (n & 1) store<f64>(to, load<f64>(to) + v * load<f64>(from) + w * load<f64>(next))
}

/** S −= scale · uuᵀ, two rows at a time. */
function subtractOuter(matrix: usize, u: usize, d: i32, scale: f64): void {
  let i = 0
  for (; i + 2 <= d; i += 2) {
    let row0 = rowOf(matrix, i)
    let row1 = rowOf(matrix, i + 1)
    const w0 = scale * load<f64>(at(u, i))
    const w1 = scale * load<f64>(at(u, i + 1))
    const v0 = f64x2.splat(w0)
    const v1 = f64x2.splat(w1)
    let from = u
    const end = at(u, i)
    while (from < end) {
      const us = v128.load(from)
      v128.store(row0, subtractProduct(v128.load(row0), v0, us))
      v128.store(row1, subtractProduct(v128.load(row1), v1, us))
      row0 += 16
      row1 += 16
      from += 16
    }
    store<f64>(row0, load<f64>(row0) - w0 * load<f64>(end))
    v128.store(row1, subtractProduct(v128.load(row1), v1, v128.load(end)))
  }
  if (i < d) {
    const w = scale * load<f64>(at(u, i))
    addScaled(rowOf(matrix, i), u, i + 1, -w)
  }
}
