import { expect, it } from 'vitest'
import { createLearnerFold } from './fold.ts'
import { aDecision, aFeedback, anActivation, aPlacement, aTick, defined, logOf, type Entry } from './testing/factories.ts'
import { fold } from './testing/run.ts'
import { MAX_FEEDBACK_PER_ITEM } from './joined.ts'
import { itemSums } from './merge-shards.ts'
import { MAX_PARKED, PARKED_MS } from './orphans.ts'

const home: Entry = [0, defined(aPlacement())]
const arm = (entries: Entry[], id = 'a') => fold(entries).shard.models.get('home/model')?.arms.get(id)

it('matures at the end of the window, not a millisecond before', () => {
  const until = (time: number) => fold([home, [5, aDecision('d1')], [time, aTick]]).shard
  expect(until(20_004)).toMatchObject({ openDecisions: 1, models: new Map() })
  expect(until(20_004).due()).toBe(20_005)
  expect(until(20_005)).toMatchObject({ openDecisions: 0, watermark: 20_005, counters: { matured: 1 } })
  expect(until(20_005).due()).toBeNull()
})

it('lets the record that ends the window come too late for it', () => {
  const at = (time: number) => fold([home, [0, aDecision('d1')], [time, aFeedback('d1', 'f1')]]).shard.counters
  expect(at(19_999)).toMatchObject({ feedbackAccepted: 1, feedbackLate: 0, matured: 0 })
  expect(at(20_000)).toMatchObject({ feedbackAccepted: 1, feedbackLate: 1, matured: 1, corrected: 1 })
})

it('corrects up to the horizon and only counts from then on', () => {
  // The second decision keeps the queue of deletions from reaching the first.
  const at = (time: number) => fold([home, [0, aDecision('d1')], [1000, aDecision('d2')], [time, aFeedback('d1', 'f1')]]).shard
  expect(at(59_999).counters).toMatchObject({ corrected: 1, feedbackExpired: 0 })
  expect(at(60_000).counters).toMatchObject({ corrected: 0, feedbackExpired: 1 })
  expect(at(60_000).models.get('home/model')!.arms.get('a')!.sum).toBe(0)
})

it.each([['max', -1], ['min', -3], ['sum', -4], ['mean', -2], ['first', -3], ['last', -1]] as const)('aggregates negative rewards by %s', (aggregation, sum) => {
  const spec: Entry = [0, defined(aPlacement({ reward: { aggregation } }))]
  expect(arm([spec, [0, aDecision('d1')], [1, aFeedback('d1', 'f1', { value: -3 })], [2, aFeedback('d1', 'f2', { value: -1 })], [20_000, aTick]])!.sum).toBe(sum)
})

it('sums to the same number in any order', () => {
  const spec: Entry = [0, defined(aPlacement({ reward: { expression: '1e16 * (click - 0.6)' } }))] // 0.1 + 0.2 + 0.3 > 0.6 = 0.3 + 0.2 + 0.1
  const earned = (...values: number[]) => arm([spec, [0, aDecision('d1')], ...values.map((value, n): Entry => [1, aFeedback('d1', `f${n}`, { value })]), [20_000, aTick]])!.sum
  expect(earned(0.3, 0.2, 0.1)).toBe(earned(0.1, 0.2, 0.3))
})

it('gives the default reward where nothing was said, clips, and scales to the unit', () => {
  const spec = aPlacement({ reward: { defaultReward: -1, range: [-2, 2], scaling: 'unit' } })
  const { shard } = fold([[0, defined(spec)], [0, aDecision('d1', { items: ['a', 'b', 'c'] })], [1, aFeedback('d1', 'f1', { event: 'buy' })], [2, aFeedback('d1', 'f2', { itemId: 'c', event: 'seen' })], [20_000, aTick]])
  const statistics = shard.models.get('home/model')!
  expect(['a', 'b', 'c'].map((id) => statistics.arms.get(id)!.sum)).toEqual([1, 0.25, 0.5])
  expect(shard.placements.get('home')).toEqual({ decisions: 1, observations: 3, creditedReward: 2 - 1 + 0 })
  expect(itemSums(statistics, spec.reward)).toEqual(new Map([['a', { shown: 1, reward: 2 }], ['b', { shown: 1, reward: -1 }], ['c', { shown: 1, reward: 0 }]]))
})

it('credits the default when the expression gives no number', () => {
  const spec: Entry = [0, defined(aPlacement({ reward: { expression: 'log(click)', defaultReward: 0.5 } }))]
  const { shard } = fold([spec, [0, aDecision('d1')], [1, aFeedback('d1', 'f1', { value: -1 })], [20_000, aTick]])
  expect(shard.models.get('home/model')!.arms.get('a')!.sum).toBe(0.5)
  expect(shard.counters.rewardErrors).toBe(1)
})

it('matures at once on final feedback; a deferred decision, once it is activated too', () => {
  const final = aFeedback('d1', 'f1', { final: true })
  expect(fold([home, [0, aDecision('d1')], [1, final]]).shard.counters.matured).toBe(1)
  const deferred: Entry[] = [home, [0, aDecision('d1', { deferred: true })], [1, final]]
  expect(fold(deferred).shard.counters.matured).toBe(0)
  expect(fold([...deferred, [2, anActivation('d1')]]).shard.counters).toMatchObject({ matured: 1, activations: 1 })
})

it('learns nothing from a deferred decision that is activated too late or never', () => {
  const { shard } = fold([home, [0, aDecision('d1', { deferred: true })], [1, aFeedback('d1', 'f1')], [20_000, anActivation('d1')], [20_001, aFeedback('d1', 'f2')]])
  expect(shard.models.size).toBe(0)
  expect(shard.counters).toMatchObject({ discarded: 1, matured: 0, activations: 0, activationsIgnored: 1, feedbackUnmatched: 1 })
})

it('learns a slate down to the last item with feedback, or all of one that was looked at in vain', () => {
  const spec: Entry = [0, defined(aPlacement({ examined: 'clicked-and-above' }))]
  const slate = aDecision('d1', { items: ['a', 'b', 'c'] })
  const shown = (...rest: Entry[]) => [...fold([spec, [0, slate], ...rest, [20_000, aTick]]).shard.models.get('home/model')!.arms.keys()]
  expect(shown([1, aFeedback('d1', 'f1', { itemId: 'b' })])).toEqual(['a', 'b'])
  expect(shown()).toEqual(['a', 'b', 'c'])
  const late = fold([spec, [0, slate], [1, aFeedback('d1', 'f1', { itemId: 'b' })], [20_000, aFeedback('d1', 'f2', { itemId: 'c' })]]).shard
  expect(late.counters).toMatchObject({ feedbackLate: 1, feedbackUnexamined: 1, corrected: 0 })
  expect(late.models.get('home/model')!.arms.has('c')).toBe(false)
})

it('keeps orphans for ten minutes', () => {
  const wait = (time: number) => fold([home, [0, aFeedback('d1', 'f1')], [time, aDecision('d1')], [time + 20_000, aTick]]).shard
  expect(wait(PARKED_MS - 1).models.get('home/model')!.arms.get('a')!.sum).toBe(1)
  expect(wait(PARKED_MS).models.get('home/model')!.arms.get('a')!.sum).toBe(0)
  expect(wait(PARKED_MS).counters.feedbackUnmatched).toBe(1)
  expect(fold([home, [0, aFeedback('d1', 'f1')]]).shard.due()).toBe(PARKED_MS)
})

it('bounds what one decision and a flood of orphans can make it keep', () => {
  const many = Array.from({ length: MAX_FEEDBACK_PER_ITEM + 2 }, (_, n): Entry => [1, aFeedback('d1', `f${n}`)])
  expect(fold([home, [0, aDecision('d1')], ...many]).shard.counters).toMatchObject({ feedbackAccepted: MAX_FEEDBACK_PER_ITEM, feedbackOverLimit: 2 })
  const flood = Array.from({ length: MAX_PARKED + 5 }, (_, n): Entry => [1, aFeedback(`nobody${n}`, 'f')])
  const { shard, saved } = fold([home, ...flood], { batch: 5000 })
  expect(shard.counters.feedbackUnmatched).toBe(5)
  expect(saved.fields.get('rebuild')!.length).toBeLessThan(65_536)
})

it('refuses what it cannot read, and is not changed by it', () => {
  const bad = (content: object, entry: Entry[] = [home, [0, aDecision('d1')]]) => fold([...entry, [50_000, content as Entry[1]]])
  const strange = { v: 1, kind: 'decision' }
  for (const content of [
    {}, { v: 2, kind: 'tick' }, strange, aDecision('d2', { version: 9 }), aDecision('d2', { x: [1, 2, 3] }), aDecision('d2', { x: [65, 0] }), aDecision('d2', { x: [1e-6, 0] }),
    aFeedback('d1', 'f1', { value: Number.NaN }), aFeedback('d1', 'f1', { value: '1' as never }), defined(aPlacement({ reward: { expression: 'import("fs")' } }), 2),
    defined(aPlacement({ reward: { range: [1, 0] } }), 2), { v: 1, kind: 'placement', version: 1, spec: null },
  ]) {
    const { shard, unreadable } = bad(content)
    expect({ content, unreadable }).toEqual({ content, unreadable: [2] })
    expect(shard).toMatchObject({ watermark: 0, openDecisions: 1 })
  }
})

it('keeps the first of two definitions with the same version', () => {
  const { shard } = fold([home, [0, defined(aPlacement({ reward: { expression: '9 * click' } }))], [0, aDecision('d1')], [1, aFeedback('d1', 'f1', { final: true })]])
  expect(shard.models.get('home/model')!.arms.get('a')!.sum).toBe(1)
  expect(shard.counters.placementsRepeated).toBe(1)
  expect([shard.hasPlacement('home', 1), shard.hasPlacement('home', 2)]).toEqual([true, false])
})

it('asks the store for decisions it does not hold, and for nothing else', () => {
  const shard = createLearnerFold().shard(0)
  const [spec, ...rest] = logOf([home, [0, aDecision('d1')], [0, aFeedback('d1', 'f1')], [1, aFeedback('d0', 'f1')], [1, aTick]])
  expect(shard.wants([spec!])).toEqual([])
  shard.apply(spec!, false)
  expect(shard.wants(rest)).toEqual(['decision/d1', 'decision/d0'])
  for (const record of rest) shard.apply(record, false)
  expect(shard.wants(logOf([[20_000, aFeedback('d1', 'f2')]]))).toEqual([])
})
