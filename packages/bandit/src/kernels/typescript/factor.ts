import { requireLength, triangle } from '../shapes.ts'
import { dot } from './dot.ts'

/** Row by row (Cholesky–Banachiewicz); every sum runs in index order. `out` may be `matrix`. */
export function cholesky(matrix: Float64Array, d: number, out: Float64Array): boolean {
  requireLength(matrix, triangle(d), 'matrix')
  requireLength(out, triangle(d), 'out')
  for (let i = 0; i < d; i++) {
    const rowI = triangle(i)
    for (let j = 0; j <= i; j++) {
      const rowJ = triangle(j)
      let left = matrix[rowI + j]!
      for (let k = 0; k < j; k++) left -= out[rowI + k]! * out[rowJ + k]!
      if (j < i) out[rowI + j] = left / out[rowJ + j]!
      else if (left > 0 && left < Infinity) out[rowI + i] = Math.sqrt(left)
      else return false
    }
  }
  return true
}

/** `out` may be `b`. */
export function solve(factor: Float64Array, b: Float64Array, d: number, out: Float64Array): void {
  requireLength(factor, triangle(d), 'factor')
  requireLength(b, d, 'b')
  requireLength(out, d, 'out')
  for (let i = 0; i < d; i++) out[i] = (b[i]! - dot(factor, triangle(i), out, 0, i)) / factor[triangle(i) + i]!
  solveTransposed(factor, d, out)
}

/** Solves Lᵀ·x = z in place. */
function solveTransposed(factor: Float64Array, d: number, z: Float64Array): void {
  for (let i = d - 1; i >= 0; i--) {
    const row = triangle(i)
    const x = z[i]! / factor[row + i]!
    z[i] = x
    for (let k = 0; k < i; k++) z[k]! -= factor[row + k]! * x
  }
}

let scratch = new Float64Array(0)
function scratchOf(length: number): Float64Array {
  if (scratch.length < length) scratch = new Float64Array(length)
  return scratch
}

/** W = L⁻¹ row by row, then WᵀW. `out` may be `factor`. */
export function inverse(factor: Float64Array, d: number, out: Float64Array): void {
  requireLength(factor, triangle(d), 'factor')
  requireLength(out, triangle(d), 'out')
  const w = scratchOf(triangle(d))
  for (let i = 0; i < d; i++) {
    const row = triangle(i)
    w.fill(0, row, row + i)
    for (let k = 0; k < i; k++) {
      const [weight, from] = [factor[row + k]!, triangle(k)]
      for (let j = 0; j <= k; j++) w[row + j]! -= weight * w[from + j]!
    }
    const pivot = factor[row + i]!
    for (let j = 0; j < i; j++) w[row + j]! /= pivot
    w[row + i] = 1 / pivot
  }
  out.fill(0, 0, triangle(d))
  for (let k = 0; k < d; k++) {
    const row = triangle(k)
    for (let i = 0; i <= k; i++) {
      const [weight, to] = [w[row + i]!, triangle(i)]
      for (let j = 0; j <= i; j++) out[to + j]! += weight * w[row + j]!
    }
  }
}

export function draws(factor: Float64Array, mean: Float64Array, d: number, normals: Float64Array, scales: Float64Array, out: Float32Array): void {
  requireLength(factor, triangle(d), 'factor')
  requireLength(mean, d, 'mean')
  requireLength(normals, scales.length * d, 'normals')
  requireLength(out, scales.length * d, 'out')
  const z = scratchOf(d)
  for (let m = 0; m < scales.length; m++) {
    for (let k = 0; k < d; k++) z[k] = normals[m * d + k]!
    solveTransposed(factor, d, z)
    for (let k = 0; k < d; k++) out[m * d + k] = mean[k]! + scales[m]! * z[k]!
  }
}
