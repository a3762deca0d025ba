import { addProduct, at, dot, lanesSum, rowOf } from './cells'
import { gatheredDot, nonZeros } from './non-zeros'

/** (Σ lanes of a, Σ lanes of b) */
// @ts-ignore: decorator
@inline function sums(a: v128, b: v128): v128 {
  return f64x2.add(v128.shuffle<f64>(a, b, 0, 2), v128.shuffle<f64>(a, b, 1, 3))
}

export function multiply(rows: usize, count: i32, d: i32, vector: usize, out: usize): void {
  const stride = <usize>d << 3
  let i = 0
  for (; i + 4 <= count; i += 4) {
    let a = rows + <usize>i * stride
    let b = a + stride
    let c = b + stride
    let e = c + stride
    let x = vector
    let a0 = f64x2.splat(0)
    let a1 = f64x2.splat(0)
    let b0 = f64x2.splat(0)
    let b1 = f64x2.splat(0)
    let c0 = f64x2.splat(0)
    let c1 = f64x2.splat(0)
    let e0 = f64x2.splat(0)
    let e1 = f64x2.splat(0)
    const end = at(vector, d & ~3)
    while (x < end) {
      let v = v128.load(x)
      a0 = addProduct(a0, v128.load(a), v)
      b0 = addProduct(b0, v128.load(b), v)
      c0 = addProduct(c0, v128.load(c), v)
      e0 = addProduct(e0, v128.load(e), v)
      v = v128.load(x, 16)
      a1 = addProduct(a1, v128.load(a, 16), v)
      b1 = addProduct(b1, v128.load(b, 16), v)
      c1 = addProduct(c1, v128.load(c, 16), v)
      e1 = addProduct(e1, v128.load(e, 16), v)
      a += 32
      b += 32
      c += 32
      e += 32
      x += 32
    }
    if (d & 2) {
      const v = v128.load(x)
      a0 = addProduct(a0, v128.load(a), v)
      b0 = addProduct(b0, v128.load(b), v)
      c0 = addProduct(c0, v128.load(c), v)
      e0 = addProduct(e0, v128.load(e), v)
      if (d & 1) {
        const w = v128.load64_zero(x, 16)
        a1 = addProduct(a1, v128.load64_zero(a, 16), w)
        b1 = addProduct(b1, v128.load64_zero(b, 16), w)
        c1 = addProduct(c1, v128.load64_zero(c, 16), w)
        e1 = addProduct(e1, v128.load64_zero(e, 16), w)
      }
    } else if (d & 1) {
      const v = v128.load64_zero(x)
      a0 = addProduct(a0, v128.load64_zero(a), v)
      b0 = addProduct(b0, v128.load64_zero(b), v)
      c0 = addProduct(c0, v128.load64_zero(c), v)
      e0 = addProduct(e0, v128.load64_zero(e), v)
    }
    v128.store(at(out, i), sums(f64x2.add(a0, a1), f64x2.add(b0, b1)))
    v128.store(at(out, i), sums(f64x2.add(c0, c1), f64x2.add(e0, e1)), 16)
  }
  for (; i < count; i++) store<f64>(at(out, i), dot(rows + <usize>i * stride, vector, d))
}

/** `work` has room for d offsets and d values (12d bytes). */
export function quadraticForm(x: usize, d: i32, matrix: usize, work: usize): f64 {
  const offsets = at(work, d)
  const few = nonZeros(x, d, offsets, work)
  if (few < 0) return denseForm(x, d, matrix)
  let total: f64 = 0
  for (let a = 0; a < few; a++) {
    const value = load<f64>(at(work, a))
    const offset = load<i32>(offsets + (<usize>a << 2))
    const row = rowOf(matrix, offset >> 3)
    total += value * (2 * gatheredDot(row, offsets, work, a) + load<f64>(row + <usize>offset) * value)
  }
  return total
}

/** Four rows at a time for the square part left of the diagonal blocks, whose cells then join the partial sum of their place. */
function denseForm(x: usize, d: i32, matrix: usize): f64 {
  let total: f64 = 0
  let i = 0
  for (; i + 4 <= d; i += 4) {
    let a = rowOf(matrix, i)
    let b = rowOf(matrix, i + 1)
    let c = rowOf(matrix, i + 2)
    let e = rowOf(matrix, i + 3)
    let from = x
    let a0 = f64x2.splat(0)
    let a1 = f64x2.splat(0)
    let b0 = f64x2.splat(0)
    let b1 = f64x2.splat(0)
    let c0 = f64x2.splat(0)
    let c1 = f64x2.splat(0)
    let e0 = f64x2.splat(0)
    let e1 = f64x2.splat(0)
    const end = at(x, i)
    while (from < end) {
      let v = v128.load(from)
      a0 = addProduct(a0, v128.load(a), v)
      b0 = addProduct(b0, v128.load(b), v)
      c0 = addProduct(c0, v128.load(c), v)
      e0 = addProduct(e0, v128.load(e), v)
      v = v128.load(from, 16)
      a1 = addProduct(a1, v128.load(a, 16), v)
      b1 = addProduct(b1, v128.load(b, 16), v)
      c1 = addProduct(c1, v128.load(c, 16), v)
      e1 = addProduct(e1, v128.load(e, 16), v)
      a += 32
      b += 32
      c += 32
      e += 32
      from += 32
    }
    const x01 = v128.load(end)
    const x23 = v128.load(end, 16)
    const first = v128.load64_zero(end)
    b0 = addProduct(b0, v128.load64_zero(b), first)
    c0 = addProduct(c0, v128.load(c), x01)
    e0 = addProduct(e0, v128.load(e), x01)
    e1 = addProduct(e1, v128.load64_zero(e, 16), v128.load64_zero(end, 16))
    let half = sums(f64x2.add(a0, a1), f64x2.add(b0, b1))
    let diagonal = v128.load64_lane(b + 8, v128.load64_zero(a), 1)
    let terms = f64x2.mul(x01, f64x2.add(f64x2.add(half, half), f64x2.mul(diagonal, x01)))
    total += f64x2.extract_lane(terms, 0)
    total += f64x2.extract_lane(terms, 1)
    half = sums(f64x2.add(c0, c1), f64x2.add(e0, e1))
    diagonal = v128.load64_lane(e + 24, v128.load64_zero(c, 16), 1)
    terms = f64x2.mul(x23, f64x2.add(f64x2.add(half, half), f64x2.mul(diagonal, x23)))
    total += f64x2.extract_lane(terms, 0)
    total += f64x2.extract_lane(terms, 1)
  }
  for (; i < d; i++) {
    const row = rowOf(matrix, i)
    const value = load<f64>(at(x, i))
    total += value * (2 * dot(row, x, i) + load<f64>(at(row, i)) * value)
  }
  return total
}
