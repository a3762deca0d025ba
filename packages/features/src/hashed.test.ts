import type { EncoderSpec, Features } from '@forage/domain'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { createEncoder } from './create-encoder.ts'
import { squash, tokenise } from './tokens.ts'

const spec = { kind: 'hashed', dimension: 256, interactions: true, intercept: false } satisfies EncoderSpec
const encoder = createEncoder(spec)

function encode(context: Features, item: Features): number[] {
  const out = new Float64Array(encoder.d)
  encoder.join(encoder.context(context), encoder.item(item), out, 0)
  return [...out]
}

it('adds item tokens and pairs to the first three quarters, context tokens to the last', () => {
  const count = (vector: number[]) => vector.filter((value) => value !== 0).length
  expect(encoder.itemLength).toBe(192)
  const both = encode({ device: 'tv', hour: 3 }, { colour: 'red', price: 9, tags: ['new', 'sale'] })
  expect(count(both.slice(192))).toBe(2)
  expect(count(both.slice(0, 192))).toBe(4 + 2 * 4)
  expect(count(encode({}, { colour: 'red' }).slice(0, 192))).toBe(1)
  expect(encode({ device: 'tv' }, {}).slice(0, 192).every((value) => value === 0)).toBe(true)
})

it('does not depend on the order of keys', () => {
  const features = fc.dictionary(fc.string(), fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.string(), fc.boolean()), { maxKeys: 20 })
  fc.assert(
    fc.property(features, features, (context, item) => {
      const turned = (object: Features) => Object.fromEntries(Object.entries(object).reverse())
      expect(encode(turned(context), turned(item))).toEqual(encode(context, item))
    }),
  )
})

it('squashes numbers of any scale', () => {
  expect([0, 1e-9, Math.E - 1, 1 - Math.E, 1e300, -1e300].map(squash)).toEqual([0, 0, 1, -1, 8, -8])
})

it('flattens nested JSON into names with dots', () => {
  const same = (a: Features, b: Features) => expect(tokenise(a, 'item', 99)).toEqual(tokenise(b, 'item', 99))
  same({ a: { b: 1 } }, { 'a.b': 1 })
  same({ tags: ['x', 'y'], none: null, empty: [] }, { tags: ['x', 'y'] })
  same({ lines: [{ sku: 'a' }, { sku: 'b' }] }, { 'lines.sku': ['a', 'b'] })
  same({ v: [1, 2] }, { 'v.0': 1, 'v.1': 2 })
})

it('sees own keys that look like inherited ones', () => {
  expect(tokenise(JSON.parse('{"__proto__": 1, "constructor": "x"}') as Features, 'item', 99).hashes).toHaveLength(2)
})

it('refuses nesting past eight levels, too many values and numbers that are not finite', () => {
  const nested = (depth: number): Features => JSON.parse('{"a":'.repeat(depth) + '1' + '}'.repeat(depth)) as Features
  expect(() => encoder.item(nested(8))).not.toThrow()
  expect(() => encoder.item(nested(9))).toThrow(expect.objectContaining({ code: 'invalid_feature' }))
  expect(() => encoder.item(nested(5000))).toThrow(expect.objectContaining({ code: 'invalid_feature' }))
  expect(() => encoder.item({ many: Array.from({ length: 129 }, () => 'a') })).toThrow('at most 128 values')
  expect(() => encoder.context({ a: { b: 1 / 0 } })).toThrow('context.a.b: expected a finite number')
})

it('says how many pairs a join visits', () => {
  const encoder = createEncoder({ kind: 'hashed', dimension: 64, interactions: true, intercept: true })
  expect(encoder.pairs!(encoder.context({ a: 1, b: ['x', 'y'] }), encoder.item({ c: true, d: 2 }))).toBe(6)
  expect(createEncoder({ kind: 'hashed', dimension: 64, interactions: false, intercept: true }).pairs).toBeUndefined()
})
