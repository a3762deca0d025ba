import { describe, expect, it } from 'vitest'
import type { Kernels } from './kernels.ts'
import { uniforms } from './test-data.ts'
import { createTypeScriptKernels } from './typescript.ts'
import { createWasmKernels } from './wasm.ts'

const implementations: Kernels[] = [createTypeScriptKernels(), createWasmKernels()]

/** Draw by draw with plain arrays; ties and unavailable rows as the contract says. */
function plainShares(scores: Float32Array, count: number, drawCount: number, available: Uint8Array): number[] {
  const shares = Array.from({ length: count }, () => 0)
  for (let m = 0; m < drawCount; m++) {
    const column = Array.from({ length: count }, (_, i) => (available[i] === 0 ? null : Number.isNaN(scores[i * drawCount + m]!) ? -Infinity : scores[i * drawCount + m]!))
    const best = column.reduce<number>((max, score) => (score !== null && score > max ? score : max), -Infinity)
    const winners = column.filter((score) => score === best).length
    column.forEach((score, i) => { if (score === best) shares[i]! += 1 / winners / drawCount })
  }
  return shares
}

/** Coarse scores, so that ties are common; now and then NaN and infinities. */
function coarseScores(length: number, uniform: () => number): Float32Array {
  return Float32Array.from({ length }, () => (uniform() < 0.03 ? Number.NaN : uniform() < 0.03 ? (uniform() < 0.5 ? -1 : 1) * Infinity : Math.round(6 * uniform() - 3) * (uniform() < 0.5 ? 1 : -1)))
}

describe.each(implementations.map((kernels) => [kernels.name, kernels] as const))('%s bestShares', (_, kernels) => {
  it('shares every draw among its best available rows', () => {
    const uniform = uniforms(1)
    for (let round = 0; round < 300; round++) {
      const [count, drawCount] = [1 + Math.floor(30 * uniform()), 1 + Math.floor(40 * uniform())]
      const scores = round % 3 ? coarseScores(count * drawCount, uniform) : Float32Array.from({ length: count * drawCount }, uniform)
      const available = Uint8Array.from({ length: count }, () => (uniform() < 0.7 ? 1 : 0))
      available[Math.floor(count * uniform())] = 1
      const out = new Float64Array(count).fill(7)
      kernels.bestShares(scores, count, drawCount, available, out)
      plainShares(scores, count, drawCount, available).forEach((share, i) => expect(out[i]).toBeCloseTo(share, 12))
      expect(out.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12)
    }
  })

  it('does not depend on the order of the rows, to the bit', () => {
    const uniform = uniforms(2)
    for (let round = 0; round < 200; round++) {
      const [count, drawCount] = [2 + Math.floor(25 * uniform()), 1 + Math.floor(70 * uniform())]
      const scores = coarseScores(count * drawCount, uniform)
      const available = new Uint8Array(count).fill(1)
      available[0] = 0
      const order = Array.from({ length: count }, (_, i) => i).map((i) => [uniform(), i] as const).toSorted((a, b) => a[0] - b[0]).map(([, i]) => i)
      const moved = new Float32Array(scores.length)
      order.forEach((from, to) => moved.set(scores.subarray(from * drawCount, (from + 1) * drawCount), to * drawCount))
      const [straight, shuffled] = [new Float64Array(count), new Float64Array(count)]
      kernels.bestShares(scores, count, drawCount, available, straight)
      kernels.bestShares(moved, count, drawCount, Uint8Array.from(order, (i) => available[i]!), shuffled)
      expect(Float64Array.from(order, (i) => straight[i]!)).toEqual(shuffled)
    }
  })

  it('gives identical rows identical scores wherever they stand', () => {
    const uniform = uniforms(3)
    for (const d of [1, 5, 8, 32, 33]) {
      const [count, drawCount] = [23, 37]
      const row = Float64Array.from({ length: d }, uniform)
      const rows = Float64Array.from({ length: count * d }, (_, i) => (Math.floor(i / d) % 3 === 1 ? uniform() : row[i % d]!))
      const scores = new Float32Array(count * drawCount)
      kernels.scoreDraws(rows, count, d, Float32Array.from({ length: drawCount * d }, uniform), drawCount, scores)
      for (let i = 0; i < count; i++) if (i % 3 !== 1) expect(scores.slice(i * drawCount, (i + 1) * drawCount)).toEqual(scores.slice(0, drawCount))
    }
  })
})
