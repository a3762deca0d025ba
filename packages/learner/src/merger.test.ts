import { array, assert, boolean, constantFrom, integer, nat, property, record } from 'fast-check'
import { createStatistics, digestStatistics, observe, type ModelStatistics, type StatisticsShape } from '@forage/bandit'
import { expect, it } from 'vitest'
import { mergeShards, type Mergeable } from './merge-shards.ts'
import { createMerger } from './merger.ts'

const MODEL = 'home/model'
interface Changing extends Mergeable { watermark: number; readonly models: Map<string, ModelStatistics> }

const step = record({
  partition: nat(4), what: constantFrom('learn', 'learn', 'learn', 'learn', 'reset', 'leave', 'reorder', 'time'), arm: nat(6), reward: integer({ min: -3, max: 3 }),
  look: boolean(),
})

/** Statistics to the last bit, with what `derive` knows arms by. */
const shown = (statistics: Readonly<ModelStatistics> | null | undefined) =>
  statistics && {
    digest: digestStatistics(new Map([[MODEL, statistics]])), revision: statistics.revision,
    arms: Object.fromEntries([...statistics.arms].map(([id, arm]) => [id, arm.revision])),
  }

const shapes: [StatisticsShape, number, number][] = [['counts', 0, 0], ['shared', 3, 0], ['disjoint', 3, 0], ['hybrid', 4, 2]]
it.each(shapes)('merges %s models as if it merged them anew each time', (shape, d, k) => {
  assert(
    property(array(step, { maxLength: 40, size: 'max' }), boolean(), (steps, forgets) => {
      const merger = createMerger()
      let shards: Changing[] = []
      const readingScale = (_: string, now: number) => (forgets ? 2 ** -Math.floor(now / 100) : 1) // 1 until time passes
      const shard = (partition: number): Changing => ({ partition, models: new Map(), watermark: 0, readingScale })
      for (const { partition, what, arm, reward, look } of steps) {
        let target = shards.find((one) => one.partition === partition)
        if (target === undefined) shards.push((target = shard(partition)))
        if (what === 'time') target.watermark += 50
        else if (what === 'leave') shards = shards.filter((one) => one !== target)
        else if (what === 'reorder') shards.reverse()
        else {
          if (what === 'reset' || !target.models.has(MODEL)) target.models.set(MODEL, createStatistics(shape, d, k))
          observe(target.models.get(MODEL)!, `arm ${arm}`, Float64Array.from({ length: d }, (_, j) => arm - j + 0.5), reward, 1)
        }
        if (!look) continue
        const [merged, anew] = [shown(merger.statisticsOf(MODEL, shards)), shown(mergeShards(shards).get(MODEL))]
        if (forgets) expect(merged?.digest).toBe(anew?.digest) // scaled copies have revisions of their own
        else expect(merged ?? undefined).toEqual(anew)
      }
    }),
    { numRuns: 150, seed: 41 },
  )
})

it('goes on after shapes that cannot be merged', () => {
  const merger = createMerger()
  const shard = (partition: number, shape: StatisticsShape): Mergeable => {
    const statistics = createStatistics(shape, 2, 0)
    observe(statistics, 'a', Float64Array.of(1, 2), 1, 1)
    return { partition, watermark: 0, models: new Map([[MODEL, statistics]]), readingScale: () => 1 }
  }
  const [one, two, foreign] = [shard(0, 'disjoint'), shard(1, 'disjoint'), shard(2, 'shared')]
  const of = (...shards: Mergeable[]) => shown(merger.statisticsOf(MODEL, shards))
  const before = of(one, two)
  expect(() => of(one, two, foreign)).toThrow(expect.objectContaining({ code: 'shape_mismatch' }))
  expect(of(one, two)).toEqual(before)
  expect(of(shard(0, 'shared'), foreign)?.digest).not.toBe(before?.digest)
  expect(of()).toBeNull()
})
