import { addProduct, at, rowOf, subtractProduct } from './cells'
import { rowBytes } from './square'

/** (LLᵀ)⁻¹ = WᵀW with W = L⁻¹ in a zeroed square of d + 1 rows in `work`, two more rows behind it. */
export function inverse(factor: usize, d: i32, out: usize, work: usize): void {
  const stride = rowBytes(d)
  memory.fill(work, 0, <usize>(d + 1) * stride)
  for (let i = 0; i < d; i += 2) invertRows(factor, d, work, stride, i)
  const sums = work + <usize>(d + 1) * stride
  for (let i = 0; i < d; i += 2) {
    for (let c = 0; c <= i; c += 8) productChunk(work, stride, d, i, c, at(sums, c))
    memory.copy(rowOf(out, i), sums, <usize>(i + 1) << 3)
    if (i + 1 < d) memory.copy(rowOf(out, i + 1), sums + stride, <usize>(i + 2) << 3)
  }
}

/** Rows i and i + 1 of W: W[i, c] = −Σ_{c≤k<i} L[i, k]·W[k, c] / L[i, i], in index order, eight columns at a time. */
function invertRows(factor: usize, d: i32, w: usize, stride: usize, i: i32): void {
  const row0 = rowOf(factor, i)
  const row1 = i + 1 < d ? rowOf(factor, i + 1) : row0
  const to0 = w + <usize>i * stride
  const to1 = to0 + stride
  const pivot0 = load<f64>(at(row0, i))
  const pivot1 = i + 1 < d ? load<f64>(at(row1, i + 1)) : 1
  const p = f64x2.splat(pivot0)
  const q = f64x2.splat(pivot1)
  const link = v128.load64_splat(at(row1, i))
  for (let c = 0; c <= i; c += 8) {
    let v0 = f64x2.splat(0)
    let v1 = f64x2.splat(0)
    let v2 = f64x2.splat(0)
    let v3 = f64x2.splat(0)
    let w0 = f64x2.splat(0)
    let w1 = f64x2.splat(0)
    let w2 = f64x2.splat(0)
    let w3 = f64x2.splat(0)
    let a = at(row0, c)
    let b = at(row1, c)
    let from = w + <usize>c * stride + (<usize>c << 3)
    const end = at(row0, i)
    while (a < end) {
      const s = v128.load64_splat(a)
      const t = v128.load64_splat(b)
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
      a += 8
      b += 8
      from += stride
    }
    const out0 = at(to0, c)
    const out1 = at(to1, c)
    v128.store(out0, f64x2.div(v0, p))
    v128.store(out0, f64x2.div(v1, p), 16)
    v128.store(out0, f64x2.div(v2, p), 32)
    v128.store(out0, f64x2.div(v3, p), 48)
    if (i < c + 8) store<f64>(at(to0, i), 1 / pivot0)
    if (i + 1 < d) {
      v128.store(out1, f64x2.div(subtractProduct(w0, link, v128.load(out0)), q))
      v128.store(out1, f64x2.div(subtractProduct(w1, link, v128.load(out0, 16)), q), 16)
      v128.store(out1, f64x2.div(subtractProduct(w2, link, v128.load(out0, 32)), q), 32)
      v128.store(out1, f64x2.div(subtractProduct(w3, link, v128.load(out0, 48)), q), 48)
    }
  }
  if (i + 1 < d) store<f64>(at(to1, i + 1), 1 / pivot1)
}

/** Columns c … c + 7 of rows i and i + 1 of WᵀW, k from i on in index order, to `out` and one stride behind it. */
function productChunk(w: usize, stride: usize, d: i32, i: i32, c: i32, out: usize): void {
  let v0 = f64x2.splat(0)
  let v1 = f64x2.splat(0)
  let v2 = f64x2.splat(0)
  let v3 = f64x2.splat(0)
  let w0 = f64x2.splat(0)
  let w1 = f64x2.splat(0)
  let w2 = f64x2.splat(0)
  let w3 = f64x2.splat(0)
  const first = w + <usize>i * stride
  const end = w + <usize>d * stride
  let pair = at(first, i)
  let from = at(first, c)
  while (from < end) {
    const s = v128.load64_splat(pair)
    const t = v128.load64_splat(pair, 8)
    let u = v128.load(from)
    v0 = addProduct(v0, s, u)
    w0 = addProduct(w0, t, u)
    u = v128.load(from, 16)
    v1 = addProduct(v1, s, u)
    w1 = addProduct(w1, t, u)
    u = v128.load(from, 32)
    v2 = addProduct(v2, s, u)
    w2 = addProduct(w2, t, u)
    u = v128.load(from, 48)
    v3 = addProduct(v3, s, u)
    w3 = addProduct(w3, t, u)
    pair += stride
    from += stride
  }
  v128.store(out, v0)
  v128.store(out, v1, 16)
  v128.store(out, v2, 32)
  v128.store(out, v3, 48)
  out += stride
  v128.store(out, w0)
  v128.store(out, w1, 16)
  v128.store(out, w2, 32)
  v128.store(out, w3, 48)
}
