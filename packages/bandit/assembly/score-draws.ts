import { at } from './cells'

// @ts-ignore: decorator
@inline function add(sum: v128, a: v128, b: v128): v128 {
  return f32x4.add(sum, f32x4.mul(a, b))
}

/**
 * N × M scores in float32. Lanes are rows, eight at a time against four draws, so each score is one sum in feature order. Columns
 * that are zero in all rows of a block are left out. `work` has room for 8d floats and d offsets (36d bytes).
 */
export function scoreDraws(rows: usize, count: i32, d: i32, draws: usize, drawCount: i32, out: usize, work: usize): void {
  const offsets = work + (<usize>d << 5)
  for (let i = 0; i < count; i += 8) {
    const valid = min(8, count - i)
    const active = gatherColumns(at(rows, i * d), valid, d, work, offsets)
    const to = out + (<usize>(i * drawCount) << 2)
    if (valid > 4) scoreEight(work, offsets, active, draws, d, drawCount, to, valid)
    else scoreFour(work, offsets, active, draws, d, drawCount, to, valid)
  }
}

/** Transposes up to 8 rows into columns of 8 float32 lanes, only those with a non-zero entry; unused lanes are 0. */
function gatherColumns(rows: usize, valid: i32, d: i32, columns: usize, offsets: usize): i32 {
  const stride = <usize>d << 3
  let active = 0
  let to = columns
  for (let k = 0; k < d; k++) {
    const from = at(rows, k)
    let low: v128
    let high: v128
    if (valid == 8) {
      low = fourOf(from, stride)
      high = fourOf(from + 4 * stride, stride)
    } else {
      low = fewOf(from, stride, min(4, valid))
      high = fewOf(from + 4 * stride, stride, valid - 4)
    }
    v128.store(to, low)
    v128.store(to, high, 16)
    store<i32>(offsets + (<usize>active << 2), k << 2)
    if (v128.any_true(i32x4.shl(v128.or(low, high), 1))) {
      active++
      to += 32
    }
  }
  return active
}

/** Four rows' entries as float32. */
// @ts-ignore: decorator
@inline function fourOf(from: usize, stride: usize): v128 {
  const first = v128.load64_lane(from + stride, v128.load64_zero(from), 1)
  const second = v128.load64_lane(from + 3 * stride, v128.load64_zero(from + 2 * stride), 1)
  return v128.shuffle<f64>(f32x4.demote_f64x2_zero(first), f32x4.demote_f64x2_zero(second), 0, 2)
}

function fewOf(from: usize, stride: usize, valid: i32): v128 {
  let four = f32x4.splat(0)
  if (valid > 0) four = f32x4.replace_lane(four, 0, <f32>load<f64>(from))
  if (valid > 1) four = f32x4.replace_lane(four, 1, <f32>load<f64>(from + stride))
  if (valid > 2) four = f32x4.replace_lane(four, 2, <f32>load<f64>(from + 2 * stride))
  if (valid > 3) four = f32x4.replace_lane(four, 3, <f32>load<f64>(from + 3 * stride))
  return four
}

/** Stores four draws' lanes (rows r … r + 3) as four rows of four draws. */
// @ts-ignore: decorator
@inline function storeTransposed(a: v128, b: v128, c: v128, e: v128, out: usize, stride: usize, valid: i32): void {
  const ab0 = v128.shuffle<f32>(a, b, 0, 4, 1, 5)
  const ab2 = v128.shuffle<f32>(a, b, 2, 6, 3, 7)
  const ce0 = v128.shuffle<f32>(c, e, 0, 4, 1, 5)
  const ce2 = v128.shuffle<f32>(c, e, 2, 6, 3, 7)
  v128.store(out, v128.shuffle<f64>(ab0, ce0, 0, 2))
  if (valid > 1) v128.store(out + stride, v128.shuffle<f64>(ab0, ce0, 1, 3))
  if (valid > 2) v128.store(out + 2 * stride, v128.shuffle<f64>(ab2, ce2, 0, 2))
  if (valid > 3) v128.store(out + 3 * stride, v128.shuffle<f64>(ab2, ce2, 1, 3))
}

// @ts-ignore: decorator
@inline function storeLanes(a: v128, out: usize, stride: usize, valid: i32): void {
  store<f32>(out, f32x4.extract_lane(a, 0))
  if (valid > 1) store<f32>(out + stride, f32x4.extract_lane(a, 1))
  if (valid > 2) store<f32>(out + 2 * stride, f32x4.extract_lane(a, 2))
  if (valid > 3) store<f32>(out + 3 * stride, f32x4.extract_lane(a, 3))
}

function scoreEight(columns: usize, offsets: usize, active: i32, draws: usize, d: i32, drawCount: i32, out: usize, valid: i32): void {
  const stride = <usize>d << 2
  const outStride = <usize>drawCount << 2
  const end = columns + (<usize>active << 5)
  let m = 0
  for (; m + 4 <= drawCount; m += 4) {
    const draw0 = draws + <usize>m * stride
    const draw1 = draw0 + stride
    const draw2 = draw1 + stride
    const draw3 = draw2 + stride
    let a0 = f32x4.splat(0)
    let a1 = f32x4.splat(0)
    let b0 = f32x4.splat(0)
    let b1 = f32x4.splat(0)
    let c0 = f32x4.splat(0)
    let c1 = f32x4.splat(0)
    let e0 = f32x4.splat(0)
    let e1 = f32x4.splat(0)
    let x = columns
    let o = offsets
    while (x < end) {
      const offset = <usize>load<i32>(o)
      const low = v128.load(x)
      const high = v128.load(x, 16)
      let s = v128.load32_splat(draw0 + offset)
      a0 = add(a0, s, low)
      a1 = add(a1, s, high)
      s = v128.load32_splat(draw1 + offset)
      b0 = add(b0, s, low)
      b1 = add(b1, s, high)
      s = v128.load32_splat(draw2 + offset)
      c0 = add(c0, s, low)
      c1 = add(c1, s, high)
      s = v128.load32_splat(draw3 + offset)
      e0 = add(e0, s, low)
      e1 = add(e1, s, high)
      x += 32
      o += 4
    }
    const to = out + (<usize>m << 2)
    storeTransposed(a0, b0, c0, e0, to, outStride, 4)
    storeTransposed(a1, b1, c1, e1, to + 4 * outStride, outStride, valid - 4)
  }
  for (; m < drawCount; m++) {
    const draw = draws + <usize>m * stride
    let a0 = f32x4.splat(0)
    let a1 = f32x4.splat(0)
    let o = offsets
    for (let x = columns; x < end; x += 32) {
      const s = v128.load32_splat(draw + <usize>load<i32>(o))
      a0 = add(a0, s, v128.load(x))
      a1 = add(a1, s, v128.load(x, 16))
      o += 4
    }
    const to = out + (<usize>m << 2)
    storeLanes(a0, to, outStride, 4)
    storeLanes(a1, to + 4 * outStride, outStride, valid - 4)
  }
}

function scoreFour(columns: usize, offsets: usize, active: i32, draws: usize, d: i32, drawCount: i32, out: usize, valid: i32): void {
  const stride = <usize>d << 2
  const outStride = <usize>drawCount << 2
  const end = columns + (<usize>active << 5)
  let m = 0
  for (; m + 4 <= drawCount; m += 4) {
    const draw0 = draws + <usize>m * stride
    const draw1 = draw0 + stride
    const draw2 = draw1 + stride
    const draw3 = draw2 + stride
    let a = f32x4.splat(0)
    let b = f32x4.splat(0)
    let c = f32x4.splat(0)
    let e = f32x4.splat(0)
    let x = columns
    let o = offsets
    while (x < end) {
      const offset = <usize>load<i32>(o)
      const low = v128.load(x)
      a = add(a, v128.load32_splat(draw0 + offset), low)
      b = add(b, v128.load32_splat(draw1 + offset), low)
      c = add(c, v128.load32_splat(draw2 + offset), low)
      e = add(e, v128.load32_splat(draw3 + offset), low)
      x += 32
      o += 4
    }
    storeTransposed(a, b, c, e, out + (<usize>m << 2), outStride, valid)
  }
  for (; m < drawCount; m++) {
    const draw = draws + <usize>m * stride
    let a = f32x4.splat(0)
    let o = offsets
    for (let x = columns; x < end; x += 32) {
      a = add(a, v128.load32_splat(draw + <usize>load<i32>(o)), v128.load(x))
      o += 4
    }
    storeLanes(a, out + (<usize>m << 2), outStride, valid)
  }
}
