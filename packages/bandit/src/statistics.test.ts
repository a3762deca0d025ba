import { quantise, quantiseWithin } from '@forage/domain'
import { describe, expect, it } from 'vitest'
import { decayWeight } from './decay.ts'
import { decodeStatistics } from './decode-statistics.ts'
import { digestStatistics } from './digest.ts'
import { mergeStatistics, scaleStatistics } from './merge.ts'
import { correct, createStatistics, observe } from './observe.ts'
import { seeded, type Rng } from './rng.ts'
import { encodeArm, encodeShared, encodeStatistics } from './saved-statistics.ts'
import type { ModelStatistics, StatisticsShape } from './statistics.ts'

const shapes: readonly (readonly [StatisticsShape, number, number])[] = [['counts', 0, 0], ['shared', 5, 0], ['disjoint', 4, 0], ['hybrid', 6, 2]]
interface Seen { arm: string; x: Float64Array; reward: number }

const observations = (rng: Rng, n: number, d: number): Seen[] =>
  Array.from({ length: n }, () => ({
    arm: `arm ${Math.floor(5 * rng.uniform())}`,
    x: Float64Array.from({ length: d }, () => (rng.uniform() < 0.3 ? 0 : quantiseWithin(3 * rng.normal(), 64))),
    reward: quantise(10 * rng.normal()),
  }))
const shuffled = <T>(rng: Rng, list: readonly T[]) => list.map((item) => ({ item, key: rng.uniform() })).sort((a, b) => a.key - b.key).map(({ item }) => item)
const learned = (shape: StatisticsShape, d: number, k: number, seen: readonly Seen[]) => {
  const statistics = createStatistics(shape, d, k)
  for (const { arm, x, reward } of seen) observe(statistics, arm, x, reward, 1)
  return statistics
}
const digest = (statistics: ModelStatistics) => digestStatistics(new Map([['model', statistics]]))

describe.each(shapes)('%s statistics', (shape, d, k) => {
  const rng = seeded(`statistics of ${shape}`)
  const seen = observations(rng, 200, d)
  const whole = learned(shape, d, k, seen)

  it('have the same bits in any order, in any number of shards', () => {
    for (let round = 0; round < 5; round++) {
      const list = shuffled(rng, seen)
      expect(digest(learned(shape, d, k, list))).toBe(digest(whole))
      const shards = [list.slice(0, 60), list.slice(60, 61), list.slice(61, 61), list.slice(61)].map((part) => learned(shape, d, k, part))
      expect(digest(mergeStatistics(shards))).toBe(digest(whole))
    }
  })

  it('are corrected exactly: a wrong reward put right leaves no trace', () => {
    const wrong = learned(shape, d, k, seen.map((one) => ({ ...one, reward: 0 })))
    for (const { arm, x, reward } of shuffled(rng, seen)) correct(wrong, arm, x, 0, reward, 1)
    expect(digest(wrong)).toBe(digest(whole))
    for (const { arm, x, reward } of shuffled(rng, seen)) {
      correct(wrong, arm, x, reward, -3, 1)
      correct(wrong, arm, x, -3, reward, 1)
    }
    expect(digest(wrong)).toBe(digest(whole))
  })

  it('come back from their bytes, whole or arm by arm', () => {
    const fields = encodeStatistics(whole)
    const back = decodeStatistics([...fields].reverse(), { shape, d, sharedLength: k })
    expect(digest(back)).toBe(digest(whole))
    expect([...back.arms.keys()].toSorted()).toEqual([...whole.arms.keys()].toSorted())
    const byHand = new Map([...encodeShared(whole), ...[...whole.arms.keys()].flatMap((id) => [...encodeArm(whole, id)])])
    expect(byHand).toEqual(fields)
    observe(back, 'arm 1', new Float64Array(d).fill(0.5), 1, 1)
    observe(whole, 'arm 1', new Float64Array(d).fill(0.5), 1, 1)
    expect(digest(back)).toBe(digest(whole))
    expect(encodeArm(whole, 'never seen').size).toBe(0)
  })

  it('refuse any flipped bit, any cut, any foreign or missing field', () => {
    const fields = [...encodeStatistics(whole)]
    const refused = (changed: readonly (readonly [string, Uint8Array])[]) => expect(() => decodeStatistics(changed)).toThrow(expect.objectContaining({ code: 'corrupt_state' }))
    for (let round = 0; round < 300; round++) {
      const which = Math.floor(rng.uniform() * fields.length)
      const [name, bytes] = fields[which]!
      const broken = bytes.slice()
      broken[Math.floor(rng.uniform() * broken.length)]! ^= 1 << Math.floor(8 * rng.uniform())
      refused(fields.with(which, [name, broken]))
      refused(fields.with(which, [name, bytes.subarray(0, Math.floor(rng.uniform() * bytes.length))]))
    }
    refused(fields.slice(1)) // the shared part comes first
    refused([...fields, ['elsewhere/0', Uint8Array.of(1)]])
    refused(fields.with(1, ['arm/0/another name', fields[1]![1]]))
    refused(fields.with(1, [fields[1]![0].replace('arm/0', 'arm/1'), fields[1]![1]]))
    refused([...fields, ...encodeArm(learned(shape === 'counts' ? 'shared' : 'counts', shape === 'counts' ? 2 : 0, 0, observations(rng, 20, shape === 'counts' ? 2 : 0)), 'arm 0')])
    expect(() => decodeStatistics(fields, { shape, d: d + 1, sharedLength: k })).toThrow(expect.objectContaining({ code: 'corrupt_state' }))
  })

  it('refuse numbers that no sum can be, behind a checksum that is right', () => {
    for (const wrong of [NaN, Infinity, -Infinity, -0]) {
      const spoiled = learned(shape, d, k, seen)
      spoiled.arms.get('arm 1')!.sum = wrong
      expect(() => decodeStatistics(encodeStatistics(spoiled)), String(wrong)).toThrow(expect.objectContaining({ code: 'corrupt_state' }))
    }
  })

  it('refuse a vector of another length', () => {
    if (shape === 'counts') return
    expect(() => observe(whole, 'a', new Float64Array(d + 1), 1, 1)).toThrow(expect.objectContaining({ code: 'shape_mismatch' }))
    expect(() => mergeStatistics([whole, createStatistics('counts', 0, 0)])).toThrow(expect.objectContaining({ code: 'shape_mismatch' }))
  })

  it('change an arm and its model in revision, and no other arm', () => {
    const statistics = learned(shape, d, k, seen)
    const before = new Map([...statistics.arms].map(([id, { revision }]) => [id, revision]))
    const { revision } = statistics
    observe(statistics, 'arm 2', new Float64Array(d), 1, 1)
    expect(statistics.revision).toBeGreaterThan(revision)
    for (const [id, arm] of statistics.arms) expect(arm.revision !== before.get(id)).toBe(id === 'arm 2')
  })
})

it('splits what is longer than 64 KiB, and notices a part of another save', () => {
  const rng = seeded('parts')
  const statistics = learned('shared', 200, 0, observations(rng, 3, 200))
  const before = encodeShared(statistics)
  expect(before.size).toBe(3)
  for (const part of before.values()) expect(part.length).toBeLessThanOrEqual(65_536)
  observe(statistics, 'arm 0', new Float64Array(200).fill(1), 1, 1)
  const mixed = new Map([...encodeStatistics(statistics), ['shared/1', before.get('shared/1')!]])
  expect(() => decodeStatistics(mixed)).toThrow(expect.objectContaining({ code: 'corrupt_state' }))
})

it('tells models apart by key, shape and content', () => {
  const one = createStatistics('counts', 0, 0)
  const two = createStatistics('shared', 1, 0)
  const digests = [new Map([['a', one]]), new Map([['b', one]]), new Map([['a', two]]), new Map([['a', one], ['b', two]]), new Map()].map(digestStatistics)
  expect(new Set(digests).size).toBe(5)
  expect(digestStatistics(new Map([['b', two], ['a', one]]))).toBe(digests[3])
})

describe('forgetting', () => {
  const halfLife = 3_600_000
  it('doubles the weight each half-life, on a grid of 1/64, within 0.1 %', () => {
    expect([0, 1, 2, 10].map((n) => decayWeight(n * halfLife, 0, halfLife))).toEqual([1, 2, 4, 1024])
    expect(decayWeight(-halfLife, 0, halfLife)).toBe(0.5)
    for (let j = 0; j < 640; j++) expect(decayWeight((j / 64) * halfLife + 1, 0, halfLife) / 2 ** (j / 64)).toBeCloseTo(1, 3)
    expect(decayWeight(1e15, 0, 1)).toBe(2 ** 1000)
  })

  it('reads as if every observation had halved since, and a late correction cancels', () => {
    const [d, now] = [3, 5 * halfLife]
    const rng = seeded('forgetting')
    const decayed = createStatistics('shared', d, 0)
    const direct = createStatistics('shared', d, 0)
    const seen = observations(rng, 50, d)
    for (const [index, { arm, x, reward }] of seen.entries()) {
      const age = (index % 6) * halfLife
      observe(decayed, arm, x, 0, decayWeight(now - age, 0, halfLife))
      correct(decayed, arm, x, 0, 7, decayWeight(now - age, 0, halfLife))
      correct(decayed, arm, x, 7, reward, decayWeight(now - age, 0, halfLife))
      observe(direct, arm, x, reward, 2 ** -(index % 6))
    }
    expect(digest(scaleStatistics(decayed, 1 / decayWeight(now, 0, halfLife)))).toBe(digest(direct))
  })
})
