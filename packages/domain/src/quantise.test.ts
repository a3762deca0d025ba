import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { fromUnits, MAX_FEATURE, QUANTUM, quantise, quantiseWithin, toUnits } from './quantise.ts'

const reasonable = fc.double({ min: -1e6, max: 1e6, noNaN: true })

it('gives the nearest multiple of 2⁻¹², which survives units and back', () => {
  fc.assert(
    fc.property(reasonable, (value) => {
      const q = quantise(value)
      expect(Math.abs(q - value)).toBeLessThanOrEqual(QUANTUM / 2)
      expect(Number.isInteger(toUnits(q))).toBe(true)
      expect(fromUnits(toUnits(q))).toBe(q)
      expect(Object.is(q, -0)).toBe(false)
    }),
  )
})

it('makes sums of products independent of their order, and corrections cancel', () => {
  const feature = fc.double({ min: -MAX_FEATURE, max: MAX_FEATURE, noNaN: true }).map(quantise)
  fc.assert(
    fc.property(fc.array(fc.tuple(feature, feature), { maxLength: 200 }), (pairs) => {
      const sum = (list: [number, number][]) => list.reduce((total, [a, b]) => total + a * b, 0)
      const forwards = sum(pairs)
      expect(sum(pairs.toReversed())).toBe(forwards)
      expect(pairs.reduce((total, [a, b]) => total - a * b, forwards) + 0).toBe(0)
    }),
  )
})

it.each([[NaN, 0], [Infinity, 8], [-Infinity, -8], [1e308, 8], [-9, -8], [0.1, quantise(0.1)]])('clips %f to %f within ±8', (value, expected) => {
  expect(quantiseWithin(value, 8)).toBe(expected)
})
