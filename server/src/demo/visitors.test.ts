import { expect, it } from 'vitest'
import { products } from './shop.ts'
import { clickProbability, expectedReward, reactionOf, visitorOf } from './visitors.ts'

it('is the same world in every run', () => {
  expect(visitorOf(0)).toEqual(visitorOf(0))
  expect(visitorOf(1)).toEqual({ number: 1, userId: expect.stringMatching(/^visitor-\d+$/), context: { segment: expect.any(String), device: expect.any(String), daypart: expect.any(String) }, control: expect.any(Boolean) })
  expect(reactionOf(visitorOf(7), products[0]!)).toEqual(reactionOf(visitorOf(7), products[0]!))
})

it('sends one visitor in five to the control', () => {
  const n = 20_000
  const control = Array.from({ length: n }, (_, number) => visitorOf(number)).filter((visitor) => visitor.control).length
  expect(Math.abs(control / n - 0.2)).toBeLessThan(5 * Math.sqrt((0.2 * 0.8) / n)) // five sigma, and seeded
})

it('has visitors who click as often as the truth says', () => {
  const n = 20_000
  const product = products[0]!
  const visitors = Array.from({ length: n }, (_, number) => visitorOf(number))
  const clicks = visitors.filter((visitor) => reactionOf(visitor, product).length > 0).length
  const expected = visitors.reduce((sum, visitor) => sum + clickProbability(visitor, product), 0)
  expect(Math.abs(clicks - expected)).toBeLessThan(5 * Math.sqrt(n) * 0.5)
})

it('rewards knowing the visitor: no single product is good for all', () => {
  const visitors = Array.from({ length: 2000 }, (_, number) => visitorOf(number))
  const mean = (reward: (visitor: (typeof visitors)[number]) => number) => visitors.reduce((sum, visitor) => sum + reward(visitor), 0) / visitors.length
  const chance = mean((visitor) => products.reduce((sum, product) => sum + expectedReward(visitor, product), 0) / products.length)
  const bestSingle = Math.max(...products.map((product) => mean((visitor) => expectedReward(visitor, product))))
  const best = mean((visitor) => Math.max(...products.map((product) => expectedReward(visitor, product))))
  expect(bestSingle / chance).toBeLessThan(1.6)
  expect(best / chance).toBeGreaterThan(3)
})
