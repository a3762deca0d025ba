import { requireLength, triangle } from '../shapes.ts'
import { dot, gatheredDot } from './dot.ts'
import { sparse } from './non-zeros.ts'

export function multiply(rows: Float64Array, count: number, d: number, vector: Float64Array, out: Float64Array): void {
  requireLength(rows, count * d, 'rows')
  requireLength(vector, d, 'vector')
  requireLength(out, count, 'out')
  for (let i = 0; i < count; i++) out[i] = dot(rows, i * d, vector, 0, d)
}

/** Σⱼ xⱼ(2Σ_{k<j} Sⱼₖxₖ + Sⱼⱼxⱼ), each sum in index order. */
export function quadraticForms(rows: Float64Array, count: number, d: number, matrix: Float64Array, out: Float64Array): void {
  requireLength(rows, count * d, 'rows')
  requireLength(matrix, triangle(d), 'matrix')
  requireLength(out, count, 'out')
  for (let i = 0; i < count; i++) {
    const from = i * d
    let total = 0
    for (let j = 0; j < d; j++) {
      const x = rows[from + j]!
      if (x === 0) continue
      const row = triangle(j)
      let half = 0
      for (let k = 0; k < j; k++) half += matrix[row + k]! * rows[from + k]!
      total += x * (2 * half + matrix[row + j]! * x)
    }
    out[i] = total
  }
}

/** As above, but the inner sum runs as `dot`: equal to `quadraticForms` up to rounding, not to the bit. */
export function quadraticForm(rows: Float64Array, d: number, matrix: Float64Array, from = 0): number {
  requireLength(rows, from + d, 'rows')
  requireLength(matrix, triangle(d), 'matrix')
  const few = sparse(rows, d, from)
  let total = 0
  if (few === null) {
    for (let j = 0; j < d; j++) {
      const row = triangle(j)
      const x = rows[from + j]!
      total += x * (2 * dot(matrix, row, rows, from, j) + matrix[row + j]! * x)
    }
    return total
  }
  for (let a = 0; a < few.count; a++) {
    const [j, value] = [few.index[a]!, few.values[a]!]
    const row = triangle(j)
    total += value * (2 * gatheredDot(matrix, row, few.index, few.values, a) + matrix[row + j]! * value)
  }
  return total
}
