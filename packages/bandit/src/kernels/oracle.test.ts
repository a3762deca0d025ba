import { CholeskyDecomposition, Matrix, inverse as matrixInverse } from 'ml-matrix'
import { describe, expect, it } from 'vitest'
import type { Kernels } from './kernels.ts'
import { triangle } from './shapes.ts'
import { numbers, positiveDefinite, uniforms, unpack } from './test-data.ts'
import { createTypeScriptKernels } from './typescript.ts'
import { createWasmKernels } from './wasm.ts'

const sizes = [1, 2, 3, 4, 7, 8, 17, 32, 45]
const implementations: Kernels[] = [createTypeScriptKernels(), createWasmKernels()]

function worst(got: ArrayLike<number>, wanted: ArrayLike<number>): number {
  expect(got.length).toBe(wanted.length)
  return Array.from({ length: got.length }, (_, i) => Math.abs(got[i]! - wanted[i]!) / (1 + Math.abs(wanted[i]!))).reduce((a, b) => Math.max(a, b), 0)
}
const packed = (matrix: Matrix, d: number) => Float64Array.from(Array.from({ length: d }, (_, i) => Array.from({ length: i + 1 }, (_, j) => matrix.get(i, j))).flat())
const lower = (factor: Float64Array, d: number) => new Matrix(unpack(factor, d).map((row, i) => row.map((cell, j) => (j <= i ? cell : 0))))

describe.each(implementations.map((kernels) => [kernels.name, kernels] as const))('%s kernels against ml-matrix', (_, kernels) => {
  it.each(sizes)('factor, solve, invert at d = %d', (d) => {
    const uniform = uniforms(d)
    const matrix = positiveDefinite(d, uniform)
    const full = new Matrix(unpack(matrix, d))
    const factor = new Float64Array(triangle(d))
    expect(kernels.cholesky(matrix, d, factor)).toBe(true)
    expect(worst(factor, packed(new CholeskyDecomposition(full).lowerTriangularMatrix, d))).toBeLessThan(1e-12)
    const b = numbers(d, 'dense', uniform)
    const x = new Float64Array(d)
    kernels.solve(factor, b, d, x)
    expect(worst(full.mmul(Matrix.columnVector(x)).to1DArray(), b)).toBeLessThan(1e-12)
    const inverted = new Float64Array(triangle(d))
    kernels.inverse(factor, d, inverted)
    expect(worst(inverted, packed(matrixInverse(full), d))).toBeLessThan(1e-10)
  })

  it.each(sizes)('draws = mean + scale · L⁻ᵀ z at d = %d', (d) => {
    const uniform = uniforms(100 + d)
    const factor = new Float64Array(triangle(d))
    kernels.cholesky(positiveDefinite(d, uniform), d, factor)
    const [mean, count] = [numbers(d, 'dense', uniform), 13]
    const normals = numbers(count * d, 'dense', uniform)
    const scales = Float64Array.from({ length: count }, () => 0.5 + uniform())
    const out = new Float32Array(count * d)
    kernels.draws(factor, mean, d, normals, scales, out)
    for (let m = 0; m < count; m++) {
      const spread = Matrix.columnVector(Array.from({ length: d }, (_, k) => (out[m * d + k]! - mean[k]!) / scales[m]!))
      expect(worst(lower(factor, d).transpose().mmul(spread).to1DArray(), normals.subarray(m * d, (m + 1) * d))).toBeLessThan(2e-5)
    }
  })

  it.each(sizes)('products and forms at d = %d', (d) => {
    const uniform = uniforms(200 + d)
    const [matrix, count] = [positiveDefinite(d, uniform), 11]
    for (const kind of ['dense', 'sparse'] as const) {
      const rows = numbers(count * d, kind, uniform)
      const vector = numbers(d, 'dense', uniform)
      const x = Matrix.from1DArray(count, d, rows)
      const out = new Float64Array(count)
      kernels.multiply(rows, count, d, vector, out)
      expect(worst(out, x.mmul(Matrix.columnVector(vector)).to1DArray())).toBeLessThan(1e-13)
      const forms = x.mmul(new Matrix(unpack(matrix, d))).mmul(x.transpose()).diagonal()
      kernels.quadraticForms(rows, count, d, matrix, out)
      expect(worst(out, forms)).toBeLessThan(1e-12)
      const singles = Array.from(out, (_, i) => kernels.quadraticForm(rows, d, matrix, i * d))
      expect(worst(singles, forms)).toBeLessThan(1e-12)
      expect(singles).toEqual(Array.from(out, (_, i) => kernels.quadraticForm(rows.slice(i * d, (i + 1) * d), d, matrix)))
      const draws = Float32Array.from(numbers(6 * d, 'dense', uniform))
      const scores = new Float32Array(count * 6)
      kernels.scoreDraws(rows, count, d, draws, 6, scores)
      expect(worst(scores, x.mmul(Matrix.from1DArray(6, d, draws).transpose()).to1DArray())).toBeLessThan(1e-4)
    }
  })

  it.each(sizes)('rank-one updates at d = %d', (d) => {
    const uniform = uniforms(300 + d)
    for (const kind of ['dense', 'sparse'] as const) {
      const matrix = positiveDefinite(d, uniform)
      const inverted = packed(matrixInverse(new Matrix(unpack(matrix, d))), d)
      const before = new Matrix(unpack(inverted, d))
      const x = numbers(d, kind, uniform)
      const column = Matrix.columnVector(x)
      const wanted = new Matrix(unpack(matrix, d)).add(column.mmul(column.transpose()).mul(0.75))
      kernels.addOuter(matrix, x, d, 0.75)
      expect(worst(matrix, packed(wanted, d))).toBeLessThan(1e-13)
      const scratch = new Float64Array(d)
      const gain = kernels.addToInverse(inverted, x, d, 0.75, scratch)
      expect(worst([gain], [before.mmul(column).transpose().mmul(column).get(0, 0)])).toBeLessThan(1e-11)
      expect(worst(scratch, before.mmul(column).to1DArray())).toBeLessThan(1e-11)
      expect(worst(inverted, packed(matrixInverse(wanted), d))).toBeLessThan(1e-10)
    }
  })

  it('refuses matrices that are not positive definite or not finite', () => {
    for (const d of [1, 2, 5, 8, 19]) {
      for (let i = 0; i < d; i++) {
        for (const bad of [-1, 0, Number.NaN, Infinity, -Infinity]) {
          const matrix = positiveDefinite(d, uniforms(d), 0.4)
          matrix[triangle(i) + i] = bad
          expect(kernels.cholesky(matrix, d, new Float64Array(triangle(d)))).toBe(false)
        }
        for (const bad of [Number.NaN, Infinity, -Infinity, 1e200, -1e3]) {
          if (i === 0) continue
          const matrix = positiveDefinite(d, uniforms(d), 0.4)
          matrix[triangle(i)] = bad
          expect(kernels.cholesky(matrix, d, new Float64Array(triangle(d)))).toBe(false)
        }
      }
    }
  })

  it('adds quantised rows without rounding', () => {
    const [d, uniform] = [23, uniforms(5)]
    const rows = Array.from({ length: 200 }, (_, i) => numbers(d, i % 2 ? 'sparse' : 'quantised', uniform).map((x) => Math.round(x * 4096) / 4096))
    const [forward, backward] = [new Float64Array(triangle(d)), new Float64Array(triangle(d))]
    for (const row of rows) kernels.addOuter(forward, row, d, 1)
    for (const row of rows.toReversed()) kernels.addOuter(backward, row, d, 1)
    expect(forward).toEqual(backward)
    for (const row of rows) kernels.addOuter(forward, row, d, -1)
    expect(forward.every((cell) => cell === 0)).toBe(true)
  })

  it('names a shape that does not fit', () => {
    const short = () => kernels.quadraticForm(new Float64Array(4), 4, new Float64Array(9))
    expect(short).toThrow(expect.objectContaining({ code: 'shape_mismatch' }))
  })
})
