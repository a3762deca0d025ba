/**
 * The hot loops, twice: one WASM-SIMD module and a plain TypeScript twin that gives the same bits (same lane order, `Math.fround`
 * for float32), so a machine without SIMD serves the same propensities and an audit can be independent of the module.
 * Symmetric matrices are packed lower triangles, row-major: cell (i, j ≤ i) is at i(i+1)/2 + j. Nothing here allocates per call
 * except where `out` is absent. Inputs are only read.
 */
export interface Kernels {
  readonly name: 'wasm' | 'typescript'

  /** Cholesky factor L (packed) of a packed positive definite matrix. False when it is not positive definite. ~d³/3 flops. */
  cholesky(matrix: Float64Array, d: number, out: Float64Array): boolean

  /** Solves LLᵀ·out = b. 2d² flops. */
  solve(factor: Float64Array, b: Float64Array, d: number, out: Float64Array): void

  /** (LLᵀ)⁻¹, packed. ~2d³/3 flops. */
  inverse(factor: Float64Array, d: number, out: Float64Array): void

  /**
   * Posterior draws: row m of `out` (M × d, float32) = mean + scales[m] · L⁻ᵀ normals[m].
   * `normals` is M × d, `scales` has length M.
   */
  draws(factor: Float64Array, mean: Float64Array, d: number, normals: Float64Array, scales: Float64Array, out: Float32Array): void

  /** Scores of `rows` (N × d) under `draws` (M × d, float32): `out` is N × M, float32. A row's scores do not depend on its place. */
  scoreDraws(rows: Float64Array, count: number, d: number, draws: Float32Array, drawCount: number, out: Float32Array): void

  /**
   * For every draw, the available row with the highest score gets 1 / M; ties share equally. `scores` is N × M as above,
   * `available` has N entries of 0 or 1, `out` has length N and sums to 1 up to rounding. Does not depend on the rows' order.
   */
  bestShares(scores: Float32Array, count: number, drawCount: number, available: Uint8Array, out: Float64Array): void

  /** out[i] = rows[i] · vector. */
  multiply(rows: Float64Array, count: number, d: number, vector: Float64Array, out: Float64Array): void

  /** out[i] = rows[i]ᵀ · matrix · rows[i] with one packed symmetric matrix for all rows. */
  quadraticForms(rows: Float64Array, count: number, d: number, matrix: Float64Array, out: Float64Array): void

  /** xᵀ · matrix · x with a packed symmetric matrix; x is rows[from … from + d), from 0 on by default. */
  quadraticForm(rows: Float64Array, d: number, matrix: Float64Array, from?: number): number

  /** matrix += weight · xxᵀ (packed, in place). Exact for quantised x and power-of-two weights. */
  addOuter(matrix: Float64Array, x: Float64Array, d: number, weight: number): void

  /**
   * Sherman–Morrison: turns the packed inverse of A into that of A + weight · xxᵀ, in place, and leaves A⁻¹x (before) in `scratch`
   * (length d). Returns xᵀA⁻¹x before the update. 3d² flops.
   */
  addToInverse(inverse: Float64Array, x: Float64Array, d: number, weight: number, scratch: Float64Array): number

  /**
   * A zeroed array that the kernels use in place, without copying, for big arrays that live long: a packed inverse, a factor, the
   * draws of a snapshot. It is an ordinary array to read and write, but a view on shared memory: keep the array itself alive as long
   * as anything made from it by `subarray` or `.buffer`, and never transfer or `structuredClone` it (`slice()` first). Given back
   * when it is garbage-collected, or at once by `free`. Comes from the JavaScript heap when the shared memory is full.
   */
  allocate(length: number): Float64Array
  allocateFloat32(length: number): Float32Array

  /** Gives an array of `allocate` back now; the caller uses it no more. Other arrays are left alone. */
  free(array: Float64Array | Float32Array): void
}
