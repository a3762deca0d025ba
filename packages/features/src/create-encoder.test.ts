import type { EncoderSpec, Features } from '@forage/domain'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { createEncoder } from './create-encoder.ts'

const declared: EncoderSpec = {
  kind: 'declared',
  intercept: true,
  fields: [
    { name: 'hour', from: 'context', type: 'numeric', mean: 12, sd: 7, clip: 3 },
    { name: 'device', from: 'context', type: 'categorical', values: ['mobile', 'tv'] },
    { name: 'price', from: 'item', type: 'numeric', mean: 50, sd: 20, clip: 8 },
    { name: 'tags', from: 'item', type: 'hashed', buckets: 4 },
    { name: 'embedding', from: 'item', type: 'vector', length: 2, scale: 10, clip: 8 },
    { name: 'returning', from: 'context', type: 'boolean' },
  ],
  crosses: [['hour', 'embedding']],
}
const hashed: EncoderSpec = { kind: 'hashed', dimension: 32, interactions: true, intercept: true }
const specs: EncoderSpec[] = [declared, hashed, { ...hashed, interactions: false, intercept: false }]

function encode(spec: EncoderSpec, context: Features, item: Features): number[] {
  const encoder = createEncoder(spec)
  const out = new Float64Array(encoder.d + 2).fill(7)
  encoder.join(encoder.context(context), encoder.item(item), out, 1)
  expect([out[0], out[encoder.d + 1]]).toEqual([7, 7])
  return [...out.subarray(1, encoder.d + 1)]
}

const context = { hour: 20, device: 'tv', returning: true, nested: { basket: [{ sku: 'a1', count: 2 }], total: 31.5 } }
const item = { price: 59.9, tags: ['red', 'läder'], embedding: [0.25, -0.5], category: 'shoes' }
const units = (vector: number[]) => vector.map((value) => value * 4096)

it('gives the same numbers on every machine, for the same version', () => {
  expect(specs.map((spec) => createEncoder(spec).version)).toMatchInlineSnapshot(`
    [
      "3a995dc3",
      "6118ee04",
      "50629a28",
    ]
  `)
  expect(units(encode(declared, context, item))).toMatchInlineSnapshot(`
    [
      2028,
      4096,
      0,
      0,
      4096,
      10240,
      -20480,
      11703,
      -23405,
      4681,
      0,
      4096,
      4096,
      4096,
    ]
  `)
  expect(units(encode(hashed, context, item))).toMatchInlineSnapshot(`
    [
      -1318,
      0,
      0,
      -59503,
      0,
      0,
      8374,
      20195,
      4096,
      0,
      -9895,
      -43007,
      4096,
      -18355,
      -5358,
      -51241,
      4500,
      0,
      0,
      -11774,
      0,
      9878,
      1004,
      -12598,
      0,
      4500,
      -16566,
      0,
      4096,
      -10163,
      0,
      0,
      4096,
    ]
  `)
})

it('names a version by what the spec says, not by how it is written', () => {
  const turned: EncoderSpec = { intercept: true, interactions: true, dimension: 32, kind: 'hashed' }
  expect(createEncoder(turned).version).toBe(createEncoder(hashed).version)
  expect(createEncoder({ ...hashed, dimension: 33 }).version).not.toBe(createEncoder(hashed).version)
})

const usual = fc.record({
  hour: fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant(null)),
  device: fc.oneof(fc.string(), fc.array(fc.string(), { maxLength: 4 })),
  price: fc.double({ noNaN: true, noDefaultInfinity: true }),
  tags: fc.array(fc.string(), { maxLength: 4 }),
  embedding: fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 2, maxLength: 2 }),
}, { requiredKeys: [] })

it.each(specs)('keeps every coordinate on the grid of 2⁻¹² and within ±64: %j', (spec) => {
  fc.assert(
    fc.property(usual, usual, (context, item) => {
      for (const value of encode(spec, context, item)) {
        expect(Number.isInteger(value * 4096)).toBe(true)
        expect(Math.abs(value)).toBeLessThanOrEqual(64)
        expect(Object.is(value, -0)).toBe(false)
      }
    }),
  )
})

it.each(specs)('takes any JSON object or refuses it with invalid_feature, and changes no prototype: %j', (spec) => {
  const encoder = createEncoder(spec)
  const out = new Float64Array(encoder.d)
  const json = fc.json({ maxDepth: 10 }).map((text) => JSON.parse(`{"hour":1,"x":${text},"__proto__":${text},"constructor":${text}}`) as Features)
  fc.assert(
    fc.property(json, json, (context, item) => {
      try {
        encoder.join(encoder.context(context), encoder.item(item), out, 0)
      } catch (error) {
        expect(error).toMatchObject({ name: 'ForageError', code: 'invalid_feature' })
      }
      expect(out.every(Number.isFinite)).toBe(true)
    }),
  )
  expect(({} as Record<string, unknown>)['sku']).toBeUndefined()
})

it('joins 50 candidates of d = 32 well within 10 µs', () => {
  const fields = Array.from({ length: 31 }, (_, index) => ({ name: `f${index}`, from: index < 16 ? ('item' as const) : ('context' as const), type: 'boolean' as const }))
  const encoder = createEncoder({ kind: 'declared', intercept: true, fields, crosses: [] })
  const [one, many] = [encoder.context({ f20: true }), Array.from({ length: 50 }, (_, index) => encoder.item({ [`f${index % 16}`]: true }))]
  const out = new Float64Array(50 * encoder.d)
  const joinAll = () => many.forEach((item, index) => encoder.join(one, item, out, index * encoder.d))
  for (let round = 0; round < 2000; round++) joinAll()
  const fastest = Math.min(...Array.from({ length: 200 }, () => {
    const start = performance.now()
    for (let round = 0; round < 10; round++) joinAll()
    return (performance.now() - start) / 10
  }))
  expect(fastest * 1000).toBeLessThan(10)
})
