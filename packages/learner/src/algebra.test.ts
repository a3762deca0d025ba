import { array, assert, constant, constantFrom, integer, nat, property, record, shuffledSubarray, tuple } from 'fast-check'
import { digestStatistics, mergeStatistics, type ModelStatistics } from '@forage/bandit'
import { partitionOf, type Aggregation, type FeedbackRecord } from '@forage/domain'
import { expect, it } from 'vitest'
import { createLearnerFold } from './fold.ts'
import { digestOf, mergeShards } from './merge-shards.ts'
import { aDecision, aFeedback, aPlacement, aTick, defined, logOf, type Entry } from './testing/factories.ts'
import { fold } from './testing/run.ts'

const feedbackOf = array(
  record({ who: nat(5), item: constantFrom('a', 'b'), event: constantFrom('click', 'buy'), value: constantFrom(1, 0.1, 0.7, -2, 1e-3), times: integer({ min: 1, max: 5 }) }),
  { maxLength: 25 },
)
const aggregation = constantFrom<Aggregation>('sum', 'max', 'min', 'mean')
const decisions = Array.from({ length: 6 }, (_, n): Entry => [n, aDecision(`d${n}`, { items: ['a', 'b'], x: [n - 2, 0.25] })])

it('learns the same whatever the order of feedback within the window and however often each is sent', () => {
  const shuffled = feedbackOf.chain((list) => {
    const once = list.map(({ who, item, event, value }, n) => aFeedback(`d${who}`, `f${n}`, { itemId: item, event, value }))
    const repeated = once.flatMap((feedback, n) => Array.from({ length: list[n]!.times }, () => feedback))
    return tuple(constant(once), shuffledSubarray(repeated, { minLength: repeated.length }), array(integer({ min: 10, max: 19_999 }), { minLength: repeated.length, maxLength: repeated.length }))
  })
  assert(
    property(shuffled, aggregation, ([once, repeated, times], how) => {
      const head: Entry[] = [[0, defined(aPlacement({ reward: { aggregation: how } }))], ...decisions]
      const at = times.toSorted((a, b) => a - b)
      const clean = fold([...head, ...once.map((feedback): Entry => [10, feedback]), [30_000, aTick]])
      const messy = fold([...head, ...repeated.map((feedback, n): Entry => [at[n]!, feedback]), [30_000, aTick]])
      expect(digestOf([messy.shard])).toBe(digestOf([clean.shard]))
      expect(messy.shard.counters.feedbackDuplicate).toBe(repeated.length - once.length)
    }),
    { numRuns: 300, seed: 21 },
  )
})

it('is linear: two logs one after the other give the sum of their statistics', () => {
  const part = (from: number, name: string, list: readonly { who: number; value: number; event: string }[]): Entry[] => [
    ...decisions.map(([time, content]): Entry => [from + time, { ...content, id: `${name}${time}` } as Entry[1]]),
    ...list.map(({ who, value, event }, n): Entry => [from + 100 + n * 700, aFeedback(`${name}${who}`, `f${n}`, { value, event })]),
    [from + 50_000, aTick],
  ]
  assert(
    property(feedbackOf, feedbackOf, (a, b) => {
      const spec: Entry = [0, defined(aPlacement())]
      const [first, second] = [part(0, 'a', a), part(100_000, 'b', b)]
      const models = (log: Entry[]): ReadonlyMap<string, ModelStatistics> => fold([spec, ...log]).shard.models
      const sum = mergeStatistics([models(first).get('home/model')!, models(second).get('home/model')!])
      expect(digestStatistics(models([...first, ...second]))).toBe(digestStatistics(new Map([['home/model', sum]])))
    }),
    { numRuns: 100, seed: 22 },
  )
})

it('takes back what late feedback added, to the last bit', () => {
  const base: Entry[] = [[0, defined(aPlacement())], ...decisions, [20_010, aTick]]
  const late = (value: number, id: string): Entry => [30_000, aFeedback('d3', id, { event: 'buy', value })]
  const never = fold(base)
  const added = fold([...base, late(0.7, 'f1')])
  const retracted = fold([...base, late(0.7, 'f1'), late(-0.7, 'f2')])
  expect(digestOf([added.shard])).not.toBe(digestOf([never.shard]))
  expect(digestOf([retracted.shard])).toBe(digestOf([never.shard]))
  expect(retracted.shard.counters).toMatchObject({ corrected: 2, feedbackLate: 2, matured: 6, observations: 12 })
  expect(retracted.shard.placements.get('home')).toEqual({ decisions: 6, observations: 12, creditedReward: 0 })
})

it('credits in the end what it would have credited in the window', () => {
  assert(
    property(feedbackOf, aggregation, constantFrom<'none' | 'unit'>('none', 'unit'), (list, how, scaling) => {
      const spec: Entry = [0, defined(aPlacement({ reward: { aggregation: how, scaling } }))]
      const tail = (time: number): Entry[] => list.map(({ who, item, event, value }, n) => [time, aFeedback(`d${who}`, `f${n}`, { itemId: item, event, value })])
      const early = fold([spec, ...decisions, ...tail(100), [40_000, aTick]])
      const late = fold([spec, ...decisions, [25_000, aTick], ...tail(40_000)])
      expect(digestOf([late.shard])).toBe(digestOf([early.shard]))
      expect(late.shard.placements.get('home')).toEqual(early.shard.placements.get('home'))
    }),
    { numRuns: 200, seed: 23 },
  )
})

it('learns the same in one partition and in four', () => {
  const spec = defined(aPlacement())
  const feedback = (n: number): FeedbackRecord => aFeedback(`d${n % 40}`, `f${n}`, { event: n % 3 ? 'click' : 'buy', value: (n % 7) - 3 })
  const log: Entry[] = [
    ...Array.from({ length: 40 }, (_, n): Entry => [n, aDecision(`d${n}`, { items: ['a', 'b', 'c'].slice(n % 3), x: [n % 5, -1] })]),
    ...Array.from({ length: 150 }, (_, n): Entry => [100 + n * 300, feedback(n)]),
    [70_000, aTick],
  ]
  const route = ([, content]: Entry) => (content.kind === 'decision' ? partitionOf(content.id, 4) : content.kind === 'feedback' ? partitionOf(content.decisionId, 4) : null)
  const shards = [0, 1, 2, 3].map((partition) => {
    const shard = createLearnerFold().shard(partition)
    for (const record of logOf([[0, spec], ...log.filter((entry) => [null, partition].includes(route(entry)))], partition)) shard.apply(record, false)
    return shard
  })
  expect(shards.every(({ counters }) => counters.matured > 3)).toBe(true)
  expect(digestOf(shards)).toBe(digestOf([fold([[0, spec], ...log]).shard]))
})

it('reads forgotten sums at the newest time of any shard, and a correction still cancels', () => {
  const hour = 3_600_000
  const spec = defined(aPlacement({ halfLifeSeconds: 3600, reward: { horizonSeconds: 3600 * 2000 } }))
  const at = 256 * hour * 1000 // where a new origin begins
  const log: Entry[] = [
    [at - 4 * hour, spec],
    [at - 4 * hour, aDecision('d1', { x: [1] })],
    [at - 2 * hour, aDecision('d2', { x: [1] })],
    [at + 2 * hour, aDecision('d3', { x: [1] })],
    [at + 3 * hour, aTick],
  ]
  const read = (entries: Entry[]) => mergeShards([fold(entries).shard]).get('home/model')!.arms.get('a')!
  expect(read(log)).toMatchObject({ count: 3, weight: 2 ** -7 + 2 ** -5 + 2 ** -1, sum: 0 })
  const paid: Entry = [at + 3 * hour, aFeedback('d1', 'f1', { value: 4 })]
  const back: Entry = [at + 3 * hour, aFeedback('d1', 'f2', { value: -4 })]
  expect(read([...log, paid]).sum).toBe(4 * 2 ** -7)
  expect(read([...log, paid, back])).toMatchObject({ sum: 0, squares: 0 })
  // A thousand half-lives on, the old sums are scaled down, not up to infinity.
  const later = read([...log, paid, [at + 1000 * hour, aDecision('d4', { x: [1] })], [at + 1000 * hour + 20_000, aTick]])
  expect(later.count).toBe(4)
  expect(later.weight).toBeCloseTo(1, 1)
})

it('saves every arm anew when the origin of decayed sums moves', () => {
  const spec = defined(aPlacement({ halfLifeSeconds: 1, reward: { windowSeconds: 0, horizonSeconds: 0 } }))
  const log: Entry[] = [[0, spec], [0, aDecision('d1', { items: ['a', 'b'] })], [1, aTick], [2, aTick], [300_000, aDecision('d2')], [300_001, aTick]]
  const { shard, saved } = fold(log, { batch: 2 })
  const again = createLearnerFold().shard(0)
  again.restore(saved.fields)
  expect(shard.models.get('home/model')!.arms.get('b')!.weight).toBe(2 ** -256)
  expect(digestOf([again])).toBe(digestOf([shard]))
})
