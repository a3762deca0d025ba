import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { numbers, uniforms } from './test-data.ts'
import { createTypeScriptKernels } from './typescript.ts'
import { createWasmKernels } from './wasm.ts'

const twin = createTypeScriptKernels()
const shared = (array: Float64Array | Float32Array) => array.buffer.byteLength > array.byteLength

it('gives zeroed arrays on shared memory, again after free', () => {
  const wasm = createWasmKernels()
  const first = wasm.allocate(1000).fill(3)
  expect(shared(first)).toBe(true)
  const place = first.byteOffset
  wasm.free(first)
  wasm.free(first)
  const second = wasm.allocateFloat32(2000)
  expect([second.byteOffset, second.every((cell) => cell === 0)]).toEqual([place, true])
  expect(wasm.allocate(1000).byteOffset).not.toBe(place)
  wasm.free(new Float64Array(1000))
})

it('takes the JavaScript heap when the shared memory is full, and computes on', () => {
  const wasm = createWasmKernels()
  const held = [wasm.allocate(2 ** 23)]
  while (shared(held.at(-1)!)) held.push(wasm.allocate(2 ** 20))
  const [x, matrix] = [numbers(60, 'dense', uniforms(1)), wasm.allocate(1830)]
  matrix.set(numbers(1830, 'dense', uniforms(2)))
  expect(wasm.quadraticForm(x, 60, matrix)).toBe(twin.quadraticForm(x, 60, matrix))
  wasm.free(held[0]!)
  expect(shared(wasm.allocate(2 ** 23))).toBe(true)
})

it('hands work that does not fit its scratch to the twin', () => {
  const wasm = createWasmKernels()
  const [count, d] = [5000, 1000]
  const [rows, vector] = [numbers(count * d, 'dense', uniforms(3)), numbers(d, 'dense', uniforms(4))]
  const [got, wanted] = [new Float64Array(count), new Float64Array(count)]
  wasm.multiply(rows, count, d, vector, got)
  twin.multiply(rows, count, d, vector, wanted)
  expect(got).toEqual(wanted)
})

it('takes forgotten arrays back', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const wasm = createWasmKernels()
  const fill = () => {
    const held = [wasm.allocate(2 ** 20)]
    while (shared(held.at(-1)!)) held.push(wasm.allocate(2 ** 20))
    return held.length
  }
  const before = fill()
  for (let turn = 0; turn < 50 && !shared(wasm.allocate(2 ** 20)); turn++) {
    collect()
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(before).toBeGreaterThan(4)
  expect(shared(wasm.allocate(2 ** 20))).toBe(true)
})

it('reads only as much of a longer buffer as it needs', () => {
  const [wasm, uniform] = [createWasmKernels(), uniforms(5)]
  const [rows, vector] = [numbers(700, 'dense', uniform), numbers(90, 'dense', uniform)]
  const [got, wanted] = [new Float64Array(50).fill(9), new Float64Array(50).fill(9)]
  wasm.multiply(rows, 7, 50, vector, got)
  twin.multiply(rows, 7, 50, vector, wanted)
  expect(got).toEqual(wanted)
  expect(got.subarray(7).every((cell) => cell === 9)).toBe(true)
})
