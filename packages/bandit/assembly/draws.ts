import { at, rowOf, subtractProduct } from './cells'

/**
 * mean + scale · L⁻ᵀz for many z. Lanes are draws, eight at a time: `work` (64d bytes) holds z, then x, one coordinate after the
 * other. x[i] = (z[i] − Σ_{j>i} L[j, i]·x[j]) / L[i, i], j downwards, two coordinates at a time.
 */
export function draws(factor: usize, mean: usize, d: i32, normals: usize, scales: usize, count: i32, out: usize, work: usize): void {
  for (let m = 0; m < count; m += 8) {
    const valid = min(8, count - m)
    const first = m * d
    for (let lane = 0; lane < 8; lane++) {
      let from = at(normals, first + min(lane, valid - 1) * d)
      let to = at(work, lane)
      for (let k = 0; k < d; k++) {
        store<f64>(to, load<f64>(from))
        from += 8
        to += 64
      }
    }
    solveEight(factor, d, work)
    for (let lane = 0; lane < valid; lane++) {
      const scale = load<f64>(at(scales, m + lane))
      let from = at(work, lane)
      let to = out + (<usize>(first + lane * d) << 2)
      for (let k = 0; k < d; k++) {
        store<f32>(to, <f32>(load<f64>(at(mean, k)) + scale * load<f64>(from)))
        from += 64
        to += 4
      }
    }
  }
}

function solveEight(factor: usize, d: i32, z: usize): void {
  let i = d - 1
  for (; i > 0; i -= 2) {
    const to0 = z + (<usize>i << 6)
    const to1 = to0 - 64
    let v0 = v128.load(to0)
    let v1 = v128.load(to0, 16)
    let v2 = v128.load(to0, 32)
    let v3 = v128.load(to0, 48)
    let w0 = v128.load(to1)
    let w1 = v128.load(to1, 16)
    let w2 = v128.load(to1, 32)
    let w3 = v128.load(to1, 48)
    let j = d - 1
    let cell = at(rowOf(factor, j), i - 1)
    let x = z + (<usize>j << 6)
    while (x > to0) {
      const t = v128.load64_splat(cell)
      const s = v128.load64_splat(cell, 8)
      let u = v128.load(x)
      v0 = subtractProduct(v0, s, u)
      w0 = subtractProduct(w0, t, u)
      u = v128.load(x, 16)
      v1 = subtractProduct(v1, s, u)
      w1 = subtractProduct(w1, t, u)
      u = v128.load(x, 32)
      v2 = subtractProduct(v2, s, u)
      w2 = subtractProduct(w2, t, u)
      u = v128.load(x, 48)
      v3 = subtractProduct(v3, s, u)
      w3 = subtractProduct(w3, t, u)
      cell -= <usize>j << 3
      j--
      x -= 64
    }
    const t = v128.load64_splat(at(rowOf(factor, i), i - 1))
    const p = v128.load64_splat(at(rowOf(factor, i), i))
    const q = v128.load64_splat(at(rowOf(factor, i - 1), i - 1))
    v0 = f64x2.div(v0, p)
    v1 = f64x2.div(v1, p)
    v2 = f64x2.div(v2, p)
    v3 = f64x2.div(v3, p)
    v128.store(to0, v0)
    v128.store(to0, v1, 16)
    v128.store(to0, v2, 32)
    v128.store(to0, v3, 48)
    v128.store(to1, f64x2.div(subtractProduct(w0, t, v0), q))
    v128.store(to1, f64x2.div(subtractProduct(w1, t, v1), q), 16)
    v128.store(to1, f64x2.div(subtractProduct(w2, t, v2), q), 32)
    v128.store(to1, f64x2.div(subtractProduct(w3, t, v3), q), 48)
  }
  if (i == 0) solveFirst(factor, d, z)
}

/** Coordinate 0 of an odd d. */
function solveFirst(factor: usize, d: i32, z: usize): void {
  for (let lanes: usize = 0; lanes < 64; lanes += 16) {
    let v = v128.load(z + lanes)
    for (let j = d - 1; j > 0; j--) v = subtractProduct(v, v128.load64_splat(rowOf(factor, j)), v128.load(z + lanes + (<usize>j << 6)))
    v128.store(z + lanes, f64x2.div(v, v128.load64_splat(factor)))
  }
}
