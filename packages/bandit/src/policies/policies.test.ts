import { quantise, quantiseWithin } from '@forage/domain'
import { inverse, Matrix } from 'ml-matrix'
import { describe, expect, it } from 'vitest'
import { createPolicy, statisticsShape } from '../create-policy.ts'
import { createTypeScriptKernels } from '../kernels/typescript.ts'
import { createStatistics, observe } from '../observe.ts'
import { parsePolicy } from '../parse-policy.ts'
import type { CandidateSet, Policy } from '../policy.ts'
import { seeded, type Rng } from '../rng.ts'
import type { ModelStatistics } from '../statistics.ts'

const D = 6
const K = 2
const texts = [
  'linear-thompson:model=shared;lambda=0.3', 'linear-thompson:model=shared;noise=known;variance=0.5;draws=77', 'linear-thompson:lambda=0.3', 'linear-thompson:noise=known;variance=0.2',
  ...['shared', 'disjoint', 'hybrid'].flatMap((model) => [
    `lin-ucb:model=${model};lambda=0.3`, `greedy:model=${model}`, `epsilon-greedy:model=${model}`, `softmax:model=${model};temperature=0.7`, `square-cb:model=${model}`,
  ]),
  'uniform', 'beta-thompson', 'ucb1', 'popular', 'fixed-order',
]
const vector = (rng: Rng) => Float64Array.from({ length: D }, () => quantiseWithin(rng.normal(), 64))

/** Arms a0 … a7 seen with rewards below and above 0; a8 and later never seen. */
function learned(policy: Policy, n: number, rng: Rng): { statistics: ModelStatistics; seen: { arm: string; x: Float64Array; reward: number }[] } {
  const statistics = createStatistics(policy.shape, D, policy.shape === 'hybrid' ? K : 0)
  const seen = Array.from({ length: n }, (_, t) => ({ arm: `a${(t * t + t) % 8}`, x: vector(rng), reward: quantise(rng.normal() - 1) }))
  for (const { arm, x, reward } of seen) observe(statistics, arm, x, reward, 1)
  return { statistics, seen }
}
function candidates(rng: Rng, n: number): CandidateSet {
  return { ids: Array.from({ length: n }, (_, i) => `a${i}`), rows: Float64Array.from({ length: n * D }, () => quantiseWithin(rng.normal(), 64)), d: D }
}
function permuted({ ids, rows }: CandidateSet, order: readonly number[]): CandidateSet {
  return { ids: order.map((i) => ids[i]!), rows: Float64Array.from(order.flatMap((i) => Array.from(rows.slice(i * D, (i + 1) * D)))), d: D }
}
const create = (text: string, kernels?: ReturnType<typeof createTypeScriptKernels>) => createPolicy(parsePolicy(text), { d: D, sharedLength: K }, kernels)
const probabilitiesOf = (policy: Policy, statistics: ModelStatistics, set: CandidateSet, available = new Uint8Array(set.ids.length).fill(1)) => {
  const out = new Float64Array(set.ids.length).fill(Number.NaN)
  policy.score(policy.derive(statistics, 'seed'), set).probabilities(available, out)
  return out
}

describe.each(texts)('%s', (text) => {
  const rng = seeded(`policies ${text}`)
  const policy = create(text)
  const { statistics } = learned(policy, 100, rng)

  it.each([1, 2, 12, 1000])('gives %d candidates a distribution, and only those available', (n) => {
    const set = candidates(rng, n)
    const available = Uint8Array.from({ length: n }, (_, i) => (i % 3 === 1 ? 0 : 1))
    for (const mask of [new Uint8Array(n).fill(1), available]) {
      const p = probabilitiesOf(policy, statistics, set, mask)
      expect(p.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 9)
      for (let i = 0; i < n; i++) expect(mask[i] === 0 ? p[i] === 0 : p[i]! >= 0 && p[i]! <= 1 + 1e-12).toBe(true)
    }
  })

  it("does not look at a candidate's place: the same bits in any order", () => {
    if (text === 'fixed-order') return
    const set = candidates(rng, 13)
    const plain = probabilitiesOf(policy, statistics, set)
    const { mean } = policy.score(policy.derive(statistics, 'seed'), set)
    const means = mean.slice()
    for (let round = 0; round < 5; round++) {
      const order = [...set.ids.keys()].map((i) => ({ i, key: rng.uniform() })).sort((a, b) => a.key - b.key).map(({ i }) => i)
      const again = probabilitiesOf(policy, statistics, permuted(set, order))
      expect([...again]).toEqual(order.map((i) => plain[i]))
      expect([...policy.score(policy.derive(statistics, 'seed'), permuted(set, order)).mean]).toEqual(order.map((i) => means[i]))
    }
  })

  it('is a pure function of the sums: derived twice, from a previous snapshot, with the twin, after saving the arms in another order', () => {
    const set = candidates(rng, 9)
    const plain = probabilitiesOf(policy, statistics, set)
    const reversed = { ...statistics, arms: new Map([...statistics.arms].reverse()) }
    expect(probabilitiesOf(policy, reversed, set)).toEqual(plain)
    expect(probabilitiesOf(create(text), statistics, set)).toEqual(plain)
    expect(probabilitiesOf(create(text, createTypeScriptKernels()), statistics, set)).toEqual(plain)
    const before = policy.derive(statistics, 'seed')
    observe(statistics, 'a3', vector(rng), 1, 1)
    const out = new Float64Array(9)
    policy.score(policy.derive(statistics, 'seed', before), set).probabilities(new Uint8Array(9).fill(1), out)
    expect(out).toEqual(probabilitiesOf(policy, statistics, set))
  })

  it('has finite numbers to explain itself with, also for the prior', () => {
    const empty = createStatistics(policy.shape, D, policy.shape === 'hybrid' ? K : 0)
    for (const sums of [statistics, empty]) {
      const snapshot = policy.derive(sums, 'seed')
      const set = candidates(rng, 10)
      const scored = policy.score(snapshot, set)
      const means = scored.mean.slice()
      for (const list of [means, scored.exploration()]) expect(list.every(Number.isFinite)).toBe(true)
      const weights = policy.weights(snapshot, 'a2')
      if (weights === null) continue
      expect(weights.length).toBe(D)
      expect(weights.reduce((sum, weight, j) => sum + weight * set.rows[2 * D + j]!, 0)).toBeCloseTo(means[2]!, 9)
    }
  })
})

/** Ridge regression on stacked features, by ml-matrix's general inverse. */
function oracle(rows: number[][], rewards: number[], lambda: number) {
  const d = rows[0]!.length
  const x = new Matrix(rows)
  const covariance = inverse(x.transpose().mmul(x).add(Matrix.eye(d).mul(lambda)))
  const mean = covariance.mmul(x.transpose()).mmul(Matrix.columnVector(rewards))
  return { mean: (q: number[]) => Matrix.rowVector(q).mmul(mean).get(0, 0), spread: (q: number[]) => Matrix.rowVector(q).mmul(covariance).mmul(Matrix.columnVector(q)).get(0, 0) }
}

describe.each(['shared', 'disjoint', 'hybrid'])('%s regression against ml-matrix', (model) => {
  it.each([0.05, 1, 30])('λ = %d, negative rewards', (lambda) => {
    const rng = seeded(`oracle ${model} ${lambda}`)
    const policy = create(`lin-ucb:model=${model};lambda=${lambda};alpha=1`)
    const { statistics, seen } = learned(policy, 60, rng)
    const arms = [...new Set(seen.map(({ arm }) => arm))]
    // hybrid: z stays, x goes to its arm's block; disjoint: everything goes to the block
    const stack = (arm: string, x: ArrayLike<number>) => {
      const all = Array.from(x)
      if (model === 'shared') return all
      const k = model === 'hybrid' ? K : 0
      return [...all.slice(0, k), ...arms.flatMap((other) => (other === arm ? all.slice(k) : all.slice(k).fill(0)))]
    }
    const truth = oracle(seen.map(({ arm, x }) => stack(arm, x)), seen.map(({ reward }) => reward), lambda)
    const set = candidates(rng, arms.length)
    const scored = policy.score(policy.derive(statistics, 'seed'), { ...set, ids: arms })
    const exploration = scored.exploration()
    for (const [i, arm] of arms.entries()) {
      const q = stack(arm, set.rows.slice(i * D, (i + 1) * D))
      expect(Math.abs(scored.mean[i]! - truth.mean(q))).toBeLessThan(1e-9)
      expect(Math.abs(exploration[i]! - Math.sqrt(truth.spread(q)))).toBeLessThan(1e-9)
    }
  })
})

describe('linear Thompson sampling', () => {
  it.each(['nig', 'known'])('shared, %s noise: draws have the posterior mean and covariance', (noise) => {
    const rng = seeded('draws')
    const policy = create(`linear-thompson:model=shared;noise=${noise};lambda=0.3;variance=0.7;draws=4096`)
    const { statistics } = learned(policy, 100, rng)
    const set = candidates(rng, 2)
    // two candidates: P(first best) = P(difference > 0), and the difference is normal or Student-t around its mean
    const wins = probabilitiesOf(policy, statistics, set)[0]!
    const difference = { ids: ['x'], rows: Float64Array.from({ length: D }, (_, j) => set.rows[j]! - set.rows[D + j]!), d: D }
    const scored = policy.score(policy.derive(statistics, 'seed'), difference)
    const exact = probabilitiesOf(createPolicy(parsePolicy('linear-thompson:noise=known'), { d: 1, sharedLength: 0 }), pair(scored.mean[0]!, scored.exploration()[0]!), { ids: ['one', 'two'], rows: Float64Array.of(1, 1), d: 1 })[0]!
    // five sigma of 4096 draws; the normal stands in for the t with 112 degrees of freedom (they differ by less than 0.002)
    expect(Math.abs(wins - exact)).toBeLessThan(5 * Math.sqrt(0.25 / 4096) + 0.002)
    expect(Math.abs(exact - 0.5)).toBeGreaterThan(0.05)
  })

  it('refuses a hybrid model, and hybrid models refuse encoders with one side only', () => {
    const invalid = expect.objectContaining({ code: 'invalid_policy' })
    expect(() => createPolicy({ ...parsePolicy('linear-thompson'), model: 'hybrid' } as never, { d: D, sharedLength: K })).toThrow(invalid)
    expect(() => createPolicy(parsePolicy('lin-ucb:model=hybrid'), { d: 3, sharedLength: 0 })).toThrow(invalid)
    expect(() => createPolicy(parsePolicy('lin-ucb:model=hybrid'), { d: 3, sharedLength: 3 })).toThrow(invalid)
    expect(() => createPolicy(parsePolicy('greedy'), { d: 0, sharedLength: 0 })).toThrow(invalid)
  })

  /** Statistics under which arm `one` scores N(mean, sd²) at x = 1 and arm `two` scores almost surely 0 (λ = 1, σ² = 1). */
  function pair(mean: number, sd: number): ModelStatistics {
    const statistics = createStatistics('disjoint', 1, 0)
    for (const [id, precision, centre] of [['one', 1 / sd ** 2, mean], ['two', 1e14, 0]] as const) {
      observe(statistics, id, Float64Array.of(0), 0, 1)
      const gram = statistics.arms.get(id)!.gram!
      gram.matrix[0] = precision - 1
      gram.vector[0] = centre * precision
    }
    return statistics
  }
})

it.each(['lin-ucb:model=disjoint', 'linear-thompson', 'greedy:model=shared', 'softmax:model=hybrid'])('%s shows candidates learned from too rarely first', (text) => {
  const policy = create(`${text}${text.includes(':') ? ';' : ':'}initialPulls=2`)
  const statistics = createStatistics(policy.shape, D, policy.shape === 'hybrid' ? K : 0)
  const rng = seeded('initial pulls')
  for (const arm of ['a0', 'a0', 'a1', 'a3', 'a3']) observe(statistics, arm, vector(rng), 1, 1)
  const set = candidates(rng, 4)
  expect([...probabilitiesOf(policy, statistics, set)]).toEqual([0, 0.5, 0.5, 0])
  expect([...probabilitiesOf(policy, statistics, set, Uint8Array.of(1, 0, 1, 1))]).toEqual([0, 0, 1, 0])
  const old = probabilitiesOf(policy, statistics, set, Uint8Array.of(1, 0, 0, 1))
  expect(old[0]! + old[3]!).toBeCloseTo(1, 12)
})

it.each(['linear-thompson:model=shared', 'linear-thompson', 'lin-ucb:model=hybrid'])('%s refuses sums that no data could have made', (text) => {
  const policy = create(text)
  const { statistics } = learned(policy, 50, seeded('spoiled'))
  const gram = statistics.shared ?? statistics.arms.get('a0')!.gram!
  gram.matrix[0] = -10
  expect(() => policy.derive(statistics, 'seed')).toThrow(expect.objectContaining({ code: 'not_positive_definite' }))
  gram.matrix[0] = 10
  gram.vector[0] = Number.NaN
  expect(() => policy.derive(statistics, 'seed')).toThrow(expect.objectContaining({ code: 'not_positive_definite' }))
})

it('keeps counts for every shape', () => {
  for (const text of texts) expect(learned(create(text), 20, seeded(1)).statistics.arms.size, statisticsShape(parsePolicy(text))).toBeGreaterThan(2)
})
