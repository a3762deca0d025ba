import { Features } from '@forage/contracts'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { checkFeatures } from './check-features.ts'

const scalar = fc.oneof(fc.double(), fc.constantFrom(1e9, -1e9, 1e9 + 1, Infinity, NaN, -0), fc.string({ maxLength: 5 }), fc.constantFrom('x'.repeat(1024), 'x'.repeat(1025)), fc.boolean(), fc.constant(null))
const name = fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom('toString', 'constructor', 'ключ', '\u0000', '\u202e', '', 'a'.repeat(128), 'a'.repeat(129), '😀'.repeat(128), '\ud800')).filter((text) => text !== '__proto__')
const { value } = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: 'medium' }, scalar, fc.array(tie('value'), { maxLength: 3 }), fc.dictionary(name, tie('value'), { maxKeys: 3 })),
}))

// `__proto__` is left out: zod drops such a key in silence, we refuse it (below).
it('agrees with the contract on every value', () => {
  fc.assert(
    fc.property(fc.dictionary(name, value, { maxKeys: 4 }), (features) => {
      const parsed = JSON.parse(JSON.stringify(features)) as object
      for (const given of [features, parsed]) expect(checkFeatures(given, 'context') === null).toBe(Features.safeParse(given).success)
    }),
    { numRuns: 2000, seed: 1 },
  )
})

it.each([
  ['{"price":1e999}', 'context.price'],
  ['{"a":[1,{"b":2e9}]}', 'context.a.1.b'],
  ['{"a":[[[[1]]]]}', 'context.a.0.0.0'],
  ['{"__proto__":1}', 'context.__proto__'],
  ['{"a":{"__proto__":1}}', 'context.a.__proto__'],
])('names the place in %s', (json, field) => {
  expect(checkFeatures(JSON.parse(json) as object, 'context')).toMatchObject({ field })
})
