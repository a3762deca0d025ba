import { expect, it } from 'vitest'
import { draw } from './draw.ts'
import { seeded } from './rng.ts'

it.each([[0, 0.7], [1, 0.2], [2, 0.1]])('draws arm %d as often as the propensity it reports', (arm, weight) => {
  const [rng, n, p] = [seeded(11), 200_000, 0.8 * weight + 0.2 / 3]
  const picks = Array.from({ length: n }, () => draw([0.7, 0.2, 0.1], 0.2, rng)).filter((choice) => choice.index === arm)
  expect(picks[0]!.propensity).toBeCloseTo(p, 12)
  // five sigma: one right build in 1.7 million would fail here over all seeds; a bias of 0.01 is caught
  expect(Math.abs(picks.length / n - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / n))
})

it('spreads the floor over the available alone, and reports every probability', () => {
  const mixed = new Float64Array(3)
  const { index, propensity } = draw([1, 0, 0], 0.5, seeded(1), Uint8Array.of(1, 0, 1), mixed)
  expect([...mixed]).toEqual([0.75, 0, 0.25])
  expect(propensity).toBe(mixed[index])
})

it('never draws what has no probability, even when rounding leaves a crumb', () => {
  const top = { uniform: () => 1 - 2 ** -53, normal: () => 0, gamma: () => 1 }
  expect(draw([0.1, 0.2, 0.3, 0.4 - 1e-12, 0], 0, top).index).toBe(3)
})

it.each([
  [[0.5, 0.4], 'not_a_distribution'],
  [[1.5, -0.5], 'not_a_distribution'],
  [[Number.NaN, 1], 'not_a_distribution'],
  [[], 'no_candidates'],
])('refuses %j', (weights, code) => {
  expect(() => draw(weights, 0, seeded(1))).toThrow(expect.objectContaining({ code }))
})
