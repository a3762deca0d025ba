import { expect, it } from 'vitest'
import { choose } from './choose.ts'
import type { Scored } from './policy.ts'
import { seeded } from './rng.ts'

/** Probabilities in proportion to fixed weights among what is available. */
const fixed = (weights: readonly number[]): Scored => ({
  size: weights.length,
  mean: Float64Array.from(weights),
  probabilities(available, out) {
    const total = weights.reduce((sum, weight, i) => sum + weight * available[i]!, 0)
    for (const [i, weight] of weights.entries()) out[i] = (weight * available[i]!) / total
  },
  exploration: () => new Float64Array(weights.length),
})

it('gives each slot its probability given the slots above', () => {
  const { picks, probabilities } = choose(fixed([0.5, 0.3, 0.2]), { count: 3, floor: 0.1, rng: seeded('slate') })
  expect([...probabilities]).toEqual([0.5, 0.3, 0.2].map((weight) => 0.9 * weight + 0.1 / 3))
  const [first, second, third] = picks.map(({ index }) => index) as [number, number, number]
  expect(new Set([first, second, third]).size).toBe(3)
  expect(picks[0]!.propensity).toBe(probabilities[first])
  const rest = [0.5, 0.3, 0.2].reduce((sum, weight, i) => (i === first ? sum : sum + weight), 0)
  expect(picks[1]!.propensity).toBeCloseTo(0.9 * ([0.5, 0.3, 0.2][second]! / rest) + 0.1 / 2, 14)
  expect(picks[2]!.propensity).toBeCloseTo(1, 14)
})

it('draws ordered slates as often as the product of their propensities', () => {
  const [n, seen, claimed] = [60_000, new Map<string, number>(), new Map<string, number>()]
  for (let k = 0; k < n; k++) {
    const { picks } = choose(fixed([0.5, 0.3, 0.2]), { count: 2, floor: 0.1, rng: seeded(`slate-${k}`) })
    const key = picks.map(({ index }) => index).join('')
    seen.set(key, (seen.get(key) ?? 0) + 1)
    claimed.set(key, picks.reduce((product, { propensity }) => product * propensity, 1))
  }
  expect([...claimed.values()].reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12)
  // five sigma on each of six slates: a right build fails one seed in 290,000
  for (const [key, p] of claimed) expect(Math.abs(seen.get(key)! / n - p), key).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / n))
})

it('leaves out what is excluded, and fills as many slots as there are candidates', () => {
  const { picks, probabilities } = choose(fixed([0.5, 0.3, 0.2]), { count: 9, floor: 0.02, rng: seeded(3), excluded: [false, true, false] })
  expect(picks.map(({ index }) => index).toSorted()).toEqual([0, 2])
  expect(probabilities[1]).toBe(0)
  expect(probabilities[0]! + probabilities[2]!).toBeCloseTo(1, 14)
  expect(() => choose(fixed([1]), { count: 1, floor: 0, rng: seeded(1), excluded: [1] })).toThrow(expect.objectContaining({ code: 'no_candidates' }))
})
