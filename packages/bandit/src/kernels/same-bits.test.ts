import { assert, constantFrom, integer, nat, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Kernels } from './kernels.ts'
import { triangle } from './shapes.ts'
import { type Kind, kinds, numbers, positiveDefinite, uniforms } from './test-data.ts'
import { createTypeScriptKernels } from './typescript.ts'
import { createWasmKernels } from './wasm.ts'

const [twin, wasm] = [createTypeScriptKernels(), createWasmKernels()]

type Results = Record<string, ArrayLike<number> | number | boolean>
type Call = (kernels: Kernels, inputs: Inputs) => Results
interface Inputs {
  readonly d: number
  readonly count: number
  readonly drawCount: number
  readonly kind: Kind
  readonly seed: number
  /** Puts an input where the kernels work in place, or leaves it on the JavaScript heap. */
  place(array: Float64Array): Float64Array
  placeFloat32(array: Float32Array): Float32Array
}

const calls: Record<string, Call> = {
  'cholesky, inverse, solve, draws': (kernels, { d, drawCount, kind, seed, place, placeFloat32 }) => {
    const uniform = uniforms(seed)
    const factor = place(new Float64Array(triangle(d)))
    const done = kernels.cholesky(place(positiveDefinite(d, uniform)), d, factor)
    const inverted = place(new Float64Array(triangle(d)))
    kernels.inverse(factor, d, inverted)
    const x = place(new Float64Array(d))
    kernels.solve(factor, place(numbers(d, kind, uniform)), d, x)
    const out = placeFloat32(new Float32Array(drawCount * d))
    kernels.draws(factor, place(numbers(d, kind, uniform)), d, place(numbers(drawCount * d, kind, uniform)), place(numbers(drawCount, 'dense', uniform)), out)
    return { done, factor, inverted, x, out }
  },
  'cholesky of any numbers': (kernels, { d, kind, seed, place }) => {
    const matrix = numbers(triangle(d), kind, uniforms(seed))
    const out = place(new Float64Array(triangle(d)))
    const done = kernels.cholesky(place(matrix), d, out)
    return done ? { done, out } : { done }
  },
  'scoreDraws, bestShares': (kernels, { d, count, drawCount, kind, seed, place, placeFloat32 }) => {
    const uniform = uniforms(seed)
    const draws = placeFloat32(Float32Array.from(numbers(drawCount * d, kind === 'sparse' ? 'dense' : kind, uniform)))
    const scores = placeFloat32(new Float32Array(count * drawCount))
    kernels.scoreDraws(place(numbers(count * d, kind, uniform)), count, d, draws, drawCount, scores)
    const available = Uint8Array.from({ length: count }, () => (uniform() < 0.8 ? 1 : 0))
    available[0] = 1
    const shares = place(new Float64Array(count))
    kernels.bestShares(scores, count, drawCount, available, shares)
    return { scores, shares }
  },
  multiply: (kernels, { d, count, kind, seed, place }) => {
    const uniform = uniforms(seed)
    const out = place(new Float64Array(count))
    kernels.multiply(place(numbers(count * d, kind, uniform)), count, d, place(numbers(d, kind, uniform)), out)
    return { out }
  },
  'quadraticForms, quadraticForm': (kernels, { d, count, kind, seed, place }) => {
    const uniform = uniforms(seed)
    const matrix = place(kind === 'sparse' ? positiveDefinite(d, uniform) : numbers(triangle(d), kind, uniform))
    const [rows, out] = [place(numbers(count * d, kind, uniform)), place(new Float64Array(count))]
    kernels.quadraticForms(rows, count, d, matrix, out)
    return { out, single: kernels.quadraticForm(place(numbers(d, kind, uniform)), d, matrix), last: kernels.quadraticForm(rows, d, matrix, (count - 1) * d) }
  },
  'addOuter, addToInverse': (kernels, { d, kind, seed, place }) => {
    const uniform = uniforms(seed)
    const [matrix, inverse, scratch] = [place(positiveDefinite(d, uniform)), place(positiveDefinite(d, uniform)), place(new Float64Array(d))]
    const [x, weight] = [place(numbers(d, kind, uniform)), 0.25 + uniform()]
    kernels.addOuter(matrix, x, d, weight)
    return { gain: kernels.addToInverse(inverse, x, d, weight, scratch), matrix, inverse, scratch }
  },
}

/** The first place where two results differ; −0 is not 0, NaN is NaN. `null` when there is none. */
function firstDifference(got: Results, wanted: Results): string | null {
  for (const [name, value] of Object.entries(wanted)) {
    const [mine, theirs] = [got[name]!, value].map((one) => (typeof one === 'object' ? one : [Number(one)])) as [ArrayLike<number>, ArrayLike<number>]
    for (let i = 0; i < theirs.length; i++) if (!Object.is(mine[i], theirs[i])) return `${name}[${i}]: ${mine[i]} instead of ${theirs[i]}`
  }
  return null
}

/** Copies what a test gives to the kernels into their own memory. */
const inPlace = {
  place: (array: Float64Array) => {
    const own = wasm.allocate(array.length)
    own.set(array)
    return own
  },
  placeFloat32: (array: Float32Array) => {
    const own = wasm.allocateFloat32(array.length)
    own.set(array)
    return own
  },
}
const onHeap = { place: (array: Float64Array) => array, placeFloat32: (array: Float32Array) => array }

describe.each(Object.keys(calls))('%s: the WASM module gives the twin’s bits', (name) => {
  const call = calls[name]!
  const check = (d: number, count: number, drawCount: number, kind: Kind, seed: number) => {
    const inputs = { d, count, drawCount, kind, seed }
    const wanted = call(twin, { ...inputs, ...onHeap })
    expect(firstDifference(call(wasm, { ...inputs, ...onHeap }), wanted)).toBeNull()
    expect(firstDifference(call(wasm, { ...inputs, ...inPlace }), wanted)).toBeNull()
  }
  it('for any shape up to d = 70', () => {
    const shapes = [integer({ min: 1, max: 70 }), integer({ min: 1, max: 40 }), integer({ min: 1, max: 40 }), constantFrom(...kinds), nat()] as const
    assert(property(...shapes, check), { numRuns: 150, seed: 7 })
  })
  it.each([[117, 9, 33], [118, 50, 128], [256, 17, 12], [255, 3, 5]])('for d = %d, N = %d, M = %d', (d, count, drawCount) => {
    for (const kind of kinds) check(d, count, drawCount, kind, d)
  })
})
