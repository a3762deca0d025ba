import { triangle } from './shapes.ts'

/** Numbers of tests only: a small seeded generator (mulberry32), uniform in [0, 1). */
export function uniforms(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export type Kind = 'dense' | 'sparse' | 'quantised' | 'tiny' | 'mixed'
export const kinds: readonly Kind[] = ['dense', 'sparse', 'quantised', 'tiny', 'mixed']

/** `tiny` holds denormals and zeros of both signs, `mixed` spans sixty powers of two. */
export function numbers(length: number, kind: Kind, uniform: () => number): Float64Array {
  return Float64Array.from({ length }, () => {
    const value = 4 * uniform() - 2
    if (kind === 'sparse') return uniform() < 0.75 ? 0 : value
    if (kind === 'quantised') return Math.round(value * 4096) / 4096
    if (kind === 'tiny') return uniform() < 0.2 ? -0 : value * 2 ** (uniform() < 0.5 ? -1060 : -140)
    if (kind === 'mixed') return value * 2 ** Math.round(60 * uniform() - 30)
    return value
  })
}

/** λI + Σ rᵢrᵢᵀ / d over some random rows, packed. λ is not 1, where a matrix and its inverse look alike. */
export function positiveDefinite(d: number, uniform: () => number, lambda = 0.3): Float64Array {
  const matrix = new Float64Array(triangle(d))
  for (let i = 0; i < d; i++) matrix[triangle(i) + i] = lambda
  for (let row = 0; row < Math.min(d + 3, 24); row++) {
    const x = numbers(d, 'dense', uniform)
    for (let i = 0; i < d; i++) for (let j = 0; j <= i; j++) matrix[triangle(i) + j]! += (x[i]! * x[j]!) / d
  }
  return matrix
}

/** The full symmetric matrix of a packed one. */
export function unpack(packed: Float64Array, d: number): number[][] {
  return Array.from({ length: d }, (_, i) => Array.from({ length: d }, (_, j) => packed[i >= j ? triangle(i) + j : triangle(j) + i]!))
}
