import { draw, seeded } from '@forage/bandit'
import { describe, expect, it } from 'vitest'
import { chiSquareTail, ChoiceTest } from './choice-test.ts'

it.each([
  [31.41, 20, 0.05],
  [45.315, 20, 0.001],
  [5.991, 2, 0.05],
])('P(χ² ≥ %d) with %d degrees of freedom is the %d of the tables', (x, degrees, expected) => {
  expect(chiSquareTail(x, degrees)).toBeCloseTo(expected, 4)
})

/** 20,000 decisions with 2–6 candidates of random weights; `pick` draws from them. */
function pOf(pick: (weights: number[], id: string) => number): number {
  const test = new ChoiceTest()
  const world = seeded('weights')
  for (let decision = 0; decision < 20_000; decision++) {
    const raw = Array.from({ length: 2 + Math.floor(5 * world.uniform()) }, () => world.uniform())
    const total = raw.reduce((sum, weight) => sum + weight, 0)
    const weights = raw.map((weight) => weight / total)
    test.add(weights, weights.map((_, index) => index), pick(weights, `d-${decision}`), world.uniform())
  }
  return test.result().p
}

describe('the test of choices', () => {
  // seeds are fixed; over all seeds a right build would fall below in one run of a million
  it('lets choices pass that follow their probabilities', () => {
    expect(pOf((weights, id) => draw(weights, 0, seeded(id)).index)).toBeGreaterThan(1e-6)
  })

  it('notices a draw that leans to the first candidate by 5 %', () => {
    expect(pOf((weights, id) => (seeded(`lean ${id}`).uniform() < 0.05 ? 0 : draw(weights, 0, seeded(id)).index))).toBeLessThan(1e-6)
  })

  it('notices an unannounced uniform share of 10 %', () => {
    const byWeight = new ChoiceTest()
    const world = seeded('weights')
    for (let decision = 0; decision < 20_000; decision++) {
      const weights = [0.7, 0.2, 0.1]
      byWeight.add(weights, [0, 1, 2], draw(weights, 0.1, seeded(`d-${decision}`)).index, world.uniform())
    }
    expect(byWeight.result().p).toBeLessThan(1e-6)
  })
})
