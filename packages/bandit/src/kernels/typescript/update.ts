import { requireLength, triangle } from '../shapes.ts'
import { dot, gatheredDot } from './dot.ts'
import { sparse, type NonZeros } from './non-zeros.ts'

export function addOuter(matrix: Float64Array, x: Float64Array, d: number, weight: number): void {
  requireLength(matrix, triangle(d), 'matrix')
  requireLength(x, d, 'x')
  const few = sparse(x, d)
  if (few !== null) {
    addSparseOuter(matrix, few, weight)
    return
  }
  for (let i = 0; i < d; i++) {
    const row = triangle(i)
    const scaled = weight * x[i]! // no pairs here: numbers in arrays are objects, and this runs for every observation
    for (let j = 0; j <= i; j++) matrix[row + j]! += scaled * x[j]!
  }
}

function addSparseOuter(matrix: Float64Array, { count, index, values }: NonZeros, weight: number): void {
  for (let a = 0; a < count; a++) {
    const row = triangle(index[a]!)
    const scaled = weight * values[a]!
    for (let b = 0; b <= a; b++) matrix[row + index[b]!]! += scaled * values[b]!
  }
}

/** u = A⁻¹x, g = xᵀu, then A⁻¹ − w/(1 + w·g)·uuᵀ. */
export function addToInverse(inverse: Float64Array, x: Float64Array, d: number, weight: number, scratch: Float64Array): number {
  requireLength(inverse, triangle(d), 'inverse')
  requireLength(x, d, 'x')
  requireLength(scratch, d, 'scratch')
  symmetricMultiply(inverse, x, d, scratch)
  const gain = dot(x, 0, scratch, 0, d)
  const scale = weight / (1 + weight * gain)
  for (let i = 0; i < d; i++) {
    const [row, scaled] = [triangle(i), scale * scratch[i]!]
    for (let j = 0; j <= i; j++) inverse[row + j]! -= scaled * scratch[j]!
  }
  return gain
}

/** out = S·x. Entry i: first the part of row i up to the diagonal, then the cells below it, row after row. */
function symmetricMultiply(matrix: Float64Array, x: Float64Array, d: number, out: Float64Array): void {
  const few = sparse(x, d)
  let before = 0
  for (let i = 0; i < d; i++) {
    const [row, value] = [triangle(i), x[i]!]
    const part = few === null ? dot(matrix, row, x, 0, i) : gatheredDot(matrix, row, few.index, few.values, before)
    out[i] = part + matrix[row + i]! * value
    if (value === 0) continue
    before++
    for (let k = 0; k < i; k++) out[k]! += matrix[row + k]! * value
  }
}
