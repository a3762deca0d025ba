// Addresses and the two inner loops that everything else is made of. Addresses are bytes; a packed row i starts at cell i(i+1)/2.

// @ts-ignore: decorator
@inline export function rowOf(matrix: usize, i: i32): usize {
  return matrix + (<usize>((i * (i + 1)) >> 1) << 3)
}

// @ts-ignore: decorator
@inline export function at(vector: usize, i: i32): usize {
  return vector + (<usize>i << 3)
}

// @ts-ignore: decorator
@inline export function lanesSum(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1)
}

// @ts-ignore: decorator
@inline export function addProduct(sum: v128, a: v128, b: v128): v128 {
  return f64x2.add(sum, f64x2.mul(a, b))
}

// @ts-ignore: decorator
@inline export function subtractProduct(sum: v128, a: v128, b: v128): v128 {
  return f64x2.sub(sum, f64x2.mul(a, b))
}

/** Four partial sums, term k in sum k mod 4, added as (s0 + s2) + (s1 + s3): the twin's `dot`. */
export function dot(a: usize, b: usize, n: i32): f64 {
  let s0 = f64x2.splat(0)
  let s1 = f64x2.splat(0)
  const end = at(a, n & ~3)
  while (a < end) {
    s0 = addProduct(s0, v128.load(a), v128.load(b))
    s1 = addProduct(s1, v128.load(a, 16), v128.load(b, 16))
    a += 32
    b += 32
  }
  if (n & 2) {
    s0 = addProduct(s0, v128.load(a), v128.load(b))
    if (n & 1) s1 = addProduct(s1, v128.load64_zero(a, 16), v128.load64_zero(b, 16))
  } else if (n & 1) s0 = addProduct(s0, v128.load64_zero(a), v128.load64_zero(b))
  return lanesSum(f64x2.add(s0, s1))
}

/** to[k] += weight · from[k], k < n. */
export function addScaled(to: usize, from: usize, n: i32, weight: f64): void {
  const w = f64x2.splat(weight)
  const end = at(to, n & ~3)
  while (to < end) {
    v128.store(to, addProduct(v128.load(to), w, v128.load(from)))
    v128.store(to, addProduct(v128.load(to, 16), w, v128.load(from, 16)), 16)
    to += 32
    from += 32
  }
  if (n & 2) {
    v128.store(to, addProduct(v128.load(to), w, v128.load(from)))
    to += 16
    from += 16
  }
  if (n & 1) store<f64>(to, load<f64>(to) + weight * load<f64>(from))
}
