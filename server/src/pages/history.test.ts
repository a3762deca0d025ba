import { expect, it } from 'vitest'

// Browser code: plain JavaScript without types.
const { axisTicks, compare, niceCeiling, pairUp, rates, remember, shares } = await import(new URL('../../assets/history.js', import.meta.url).href)

const placement = (observations: number, meanReward: number | null, items: Record<string, number> = {}, snapshotKey = 'v1') => ({
  observations,
  meanReward,
  snapshotKey,
  items: Object.entries(items).map(([id, count]) => ({ id, observations: count })),
})

it('reads the rate and the shares of the last thirty seconds from cumulative sums', () => {
  let points: unknown[] = []
  // one decision a second with reward 0 for 60 s, all of item a; then two a second with reward 1, all of item b
  for (let t = 0; t <= 100; t++) {
    const [early, late] = [Math.min(t, 60), 2 * Math.max(0, t - 60)]
    points = remember(points, t, placement(early + late, early + late === 0 ? null : late / (early + late), { a: early, b: late }))
  }
  const series = rates(points) as { seconds: number; rate: number | null }[]
  expect(series[9]!.rate).toBeNull()
  expect(series[60]!.rate).toBe(0)
  expect(series[75]!.rate).toBeCloseTo(30 / 45, 9)
  expect(series[100]!.rate).toBeCloseTo(1, 9)
  expect(Object.fromEntries(shares(points))).toEqual({ a: 0, b: 1 })
})

it('starts again when the posterior does', () => {
  const before = remember(remember([], 0, placement(50, 0.5)), 1, placement(60, 0.5))
  expect(remember(before, 2, placement(5, 0.5))).toHaveLength(1)
  expect(remember(before, 2, placement(61, 0.5, {}, 'v2'))).toHaveLength(1)
  expect(remember(before, 2, placement(61, 0.5))).toHaveLength(3)
})

it('forgets what the chart no longer shows', () => {
  let points: unknown[] = []
  for (let t = 0; t < 1000; t++) points = remember(points, t, placement(t, 0.5))
  expect(points.length).toBeLessThanOrEqual(331)
})

it('claims a difference only when its interval excludes zero', () => {
  const side = (meanReward: number, standardError: number, observations = 1000) => ({ meanReward, standardError, observations })
  expect(compare(side(0.6, 0.03), side(0.5, 0.04))).toMatchObject({ verdict: 'better', low: expect.closeTo(0.1 - 1.959964 * 0.05, 9) })
  expect(compare(side(0.6, 0.04), side(0.5, 0.04)).verdict).toBe('open')
  expect(compare(side(0.4, 0.03), side(0.5, 0.04)).verdict).toBe('worse')
  expect(compare(side(0.6, 0.03, 29), side(0.5, 0.04))).toBeNull()
  expect(compare(side(0.6, 0.03), { meanReward: null, standardError: null, observations: 0 })).toBeNull()
  expect(compare(side(0.6, 0.03), undefined)).toBeNull()
})

it('takes for a control only a uniform policy with the name of its partner', () => {
  const list = [{ id: 'a', policy: 'lin-ucb' }, { id: 'a-uniform', policy: 'uniform' }, { id: 'b-uniform', policy: 'uniform' }, { id: 'c', policy: 'greedy' }, { id: 'c-uniform', policy: 'popular' }]
  const pairs = pairUp(list) as { placement: { id: string }; control: { id: string } | null }[]
  expect(pairs.map(({ placement, control }) => [placement.id, control?.id ?? null])).toEqual([['a', 'a-uniform'], ['b-uniform', null], ['c', null], ['c-uniform', null]])
})

it.each([[0.31, 0.4], [1, 1], [0.3, 0.3], [7.2, 8], [0, 1], [-1, 1], [950, 1000]])('ends an axis for %d at %d', (value, top) => {
  expect(niceCeiling(value)).toBeCloseTo(top, 12)
})

it.each([[0, 1.5, [0, 0.5, 1, 1.5]], [0, 1, [0, 0.25, 0.5, 0.75, 1]], [0, 0.3, [0, 0.1, 0.2, 0.3]], [-2, 5, [-2, 0, 2, 4]], [0, 8, [0, 2, 4, 6, 8]]])('marks the axis from %d to %d at %j', (bottom, top, ticks) => {
  const found = axisTicks(bottom, top) as number[]
  expect(found).toHaveLength(ticks.length)
  found.forEach((tick, at) => expect(tick).toBeCloseTo(ticks[at]!, 12))
})
