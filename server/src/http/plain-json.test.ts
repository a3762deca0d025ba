import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { parsePlainJson } from './plain-json.ts'

function oracle(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Equal to the last bit, in the order of keys, and with nothing inherited. */
function expectSame(actual: unknown, expected: unknown): void {
  expect(actual).toStrictEqual(expected) // tells -0 from 0
  expect(JSON.stringify(actual)).toBe(JSON.stringify(expected))
}

const parse = (text: string) => parsePlainJson(Buffer.from(text))

it.each([
  '{"placement":"home","candidates":[{"id":"a","features":{"price":59.9,"tags":["x","y"],"new":true,"old":false,"none":null}}],"count":3}',
  ' { "a" : [ ] , "b" : { } ,\n\t"c" : [ 1 , -0 , -0.0, 0.1 ,123456789012345, 0.00000000000001 ] } ',
  '{"a":1,"b":2,"a":3,"2":0,"1":0}',
  '[0.1,0.7]',
  '"text"', '0', '-12.5', 'true', 'null', '[]', '{}', '{"":1}', '{"constructor":1,"toString":2}',
  '0.1234567890123456', '[1234567890123456789,0.30000000000000004]',
])('reads %s as JSON.parse does', (text) => expectSame(parse(text), JSON.parse(text)))

it.each(['', ' ', '{', '[1', '[1,]', '{"a"}', '{"a":}', '{"a":1,}', '{a:1}', '01', '-', '1.', '.5', '+1', '1 2', '[1}', '"a', '"a\n"', 'tru', 'nul', 'truex', '{"a":1}]', ',', '[,1]', '--1', '0x1', '1_0', 'NaN', '\u00a01'])(
  'leaves what is not JSON to JSON.parse: %j',
  (text) => {
    expect(oracle(text)).toBeUndefined()
    expect(parse(text)).toBeUndefined()
  },
)

it.each(['"\\n"', '"ü"', '{"__proto__":{"x":1}}', '1e5', '[0.1234567890123456,0.1234567890123456,0.1234567890123456,0.1234567890123456,0.1234567890123456]', '['.repeat(40) + ']'.repeat(40)])('leaves what is not plain to it, too: %s', (text) => {
  expect(oracle(text)).toBeDefined()
  expect(parse(text)).toBeUndefined()
})

it('agrees with JSON.parse on any JSON, however it is spaced', () => {
  let plain = 0
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom('', ' ', '\t', '\n  '), (value, space) => {
      const text = JSON.stringify(value, null, space)
      const read = parse(text)
      if (read === undefined) return
      plain += 1
      expectSame(read, JSON.parse(text))
    }),
    { numRuns: 1500, seed: 5 },
  )
  expect(plain).toBeGreaterThan(300)
})

it('agrees on numbers of every length', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 17n }), fc.nat(17), fc.boolean(), (digits, places, negative) => {
      const text = digits.toString().padStart(places + 1, '0')
      const number = (negative ? '-' : '') + (places === 0 ? text : `${text.slice(0, -places)}.${text.slice(-places)}`)
      expect(parse(number)).toBe(oracle(number))
    }),
    { numRuns: 3000, seed: 6 },
  )
})

it('agrees on whether a damaged text is JSON, and on what it then says', () => {
  const text = '{"id":"sku-1","x":[0.25,-3,1.5],"deep":{"a":true,"b":null},"n":12.75}'
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.constantFrom(...'{}[]",:.-0159etn \\\n\u0000', ''), fc.boolean(), (place, character, insert) => {
      const damaged = text.slice(0, place) + character + text.slice(insert ? place : place + 1)
      const read = parse(damaged)
      if (read !== undefined) expectSame(read, oracle(damaged))
    }),
    { numRuns: 3000, seed: 7 },
  )
})
