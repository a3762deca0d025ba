import { addScaled, at, dot, rowOf, subtractProduct } from './cells'
import { rowBytes } from './square'

/**
 * The twin's sums, eight columns of two rows at a time on the transposed factor U = Lᵀ in `work` (a square, see `square.ts`):
 * U[i, c] = (A[c, i] − Σ_{k<i} U[k, i]·U[k, c]) / U[i, i], k in index order. Row d and the columns from d on are zero padding.
 */
export function cholesky(matrix: usize, d: i32, out: usize, work: usize): i32 {
  const stride = rowBytes(d)
  spread(matrix, d, work, stride)
  for (let i = 0; i < d; i += 2) {
    const row0 = work + <usize>i * stride
    const row1 = row0 + stride
    let root0: f64 = 0
    let root1: f64 = 0
    let link: f64 = 0
    for (let c = i; c < d; c += 8) {
      const to0 = at(row0, c)
      const to1 = at(row1, c)
      let v0 = v128.load(to0)
      let v1 = v128.load(to0, 16)
      let v2 = v128.load(to0, 32)
      let v3 = v128.load(to0, 48)
      let w0 = v128.load(to1)
      let w1 = v128.load(to1, 16)
      let w2 = v128.load(to1, 32)
      let w3 = v128.load(to1, 48)
      let pair = at(work, i)
      let from = at(work, c)
      while (pair < row0) {
        const s = v128.load64_splat(pair)
        const t = v128.load64_splat(pair, 8)
        let u = v128.load(from)
        v0 = subtractProduct(v0, s, u)
        w0 = subtractProduct(w0, t, u)
        u = v128.load(from, 16)
        v1 = subtractProduct(v1, s, u)
        w1 = subtractProduct(w1, t, u)
        u = v128.load(from, 32)
        v2 = subtractProduct(v2, s, u)
        w2 = subtractProduct(w2, t, u)
        u = v128.load(from, 48)
        v3 = subtractProduct(v3, s, u)
        w3 = subtractProduct(w3, t, u)
        pair += stride
        from += stride
      }
      if (c == i) {
        const pivot = f64x2.extract_lane(v0, 0)
        if (!(pivot > 0 && pivot < Infinity)) return 0
        root0 = Math.sqrt(pivot)
        link = f64x2.extract_lane(v0, 1) / root0
      }
      const r = f64x2.splat(root0)
      const l = f64x2.splat(link)
      v0 = f64x2.div(v0, r)
      v1 = f64x2.div(v1, r)
      v2 = f64x2.div(v2, r)
      v3 = f64x2.div(v3, r)
      w0 = subtractProduct(w0, l, v0)
      w1 = subtractProduct(w1, l, v1)
      w2 = subtractProduct(w2, l, v2)
      w3 = subtractProduct(w3, l, v3)
      if (c == i && i + 1 < d) {
        const pivot = f64x2.extract_lane(w0, 1)
        if (!(pivot > 0 && pivot < Infinity)) return 0
        root1 = Math.sqrt(pivot)
      }
      const q = f64x2.splat(root1)
      v128.store(to0, v0)
      v128.store(to0, v1, 16)
      v128.store(to0, v2, 32)
      v128.store(to0, v3, 48)
      if (i + 1 < d) {
        v128.store(to1, f64x2.div(w0, q))
        v128.store(to1, f64x2.div(w1, q), 16)
        v128.store(to1, f64x2.div(w2, q), 32)
        v128.store(to1, f64x2.div(w3, q), 48)
      }
    }
    store<f64>(at(row0, i), root0)
    if (i + 1 < d) store<f64>(at(row1, i + 1), root1)
  }
  gather(work, stride, d, out)
  return 1
}

/** The packed lower triangle as the upper triangle of the square; zeros where the loops read beside it. */
function spread(matrix: usize, d: i32, square: usize, stride: usize): void {
  const pad = stride - (<usize>d << 3)
  for (let i = 0; i < d; i++) {
    const row = square + <usize>i * stride
    if (i & 1) store<f64>(at(row, i - 1), 0)
    memory.fill(at(row, d), 0, pad)
  }
  memory.fill(square + <usize>d * stride, 0, stride)
  let from = matrix
  for (let i = 0; i < d; i++) {
    let to = at(square, i)
    const end = at(from, i)
    while (from <= end) {
      store<f64>(to, load<f64>(from))
      from += 8
      to += stride
    }
  }
}

function gather(square: usize, stride: usize, d: i32, out: usize): void {
  for (let i = 0; i < d; i++) {
    let from = at(square, i)
    const end = at(out, i)
    while (out <= end) {
      store<f64>(out, load<f64>(from))
      out += 8
      from += stride
    }
  }
}

export function solve(factor: usize, b: usize, d: i32, out: usize): void {
  let row = factor
  for (let i = 0; i < d; i++) {
    store<f64>(at(out, i), (load<f64>(at(b, i)) - dot(row, out, i)) / load<f64>(at(row, i)))
    row += <usize>(i + 1) << 3
  }
  let i = d - 1
  for (; i > 0; i -= 2) {
    const row0 = rowOf(factor, i)
    const row1 = rowOf(factor, i - 1)
    const x0 = load<f64>(at(out, i)) / load<f64>(at(row0, i))
    const x1 = (load<f64>(at(out, i - 1)) - load<f64>(at(row0, i - 1)) * x0) / load<f64>(at(row1, i - 1))
    store<f64>(at(out, i), x0)
    store<f64>(at(out, i - 1), x1)
    subtractTwo(out, row0, x0, row1, x1, i - 1)
  }
  if (i == 0) store<f64>(out, load<f64>(out) / load<f64>(factor))
}

/** z[k] = (z[k] − a[k]·x) − b[k]·y, k < n. */
function subtractTwo(z: usize, a: usize, x: f64, b: usize, y: f64, n: i32): void {
  const xs = f64x2.splat(x)
  const ys = f64x2.splat(y)
  const end = at(z, n & ~1)
  while (z < end) {
    v128.store(z, subtractProduct(subtractProduct(v128.load(z), xs, v128.load(a)), ys, v128.load(b)))
    z += 16
    a += 16
    b += 16
  }
  if (n & 1) {
    addScaled(z, a, 1, -x)
    addScaled(z, b, 1, -y)
  }
}
