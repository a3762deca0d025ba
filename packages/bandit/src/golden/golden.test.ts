// oxlint-disable-next-line no-restricted-imports -- a test's data file
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bestOfBetas } from '../best-of-betas.ts'
import { bestOfIndependent } from '../best-of-independent.ts'
import { createPolicy } from '../create-policy.ts'
import { createTypeScriptKernels } from '../kernels/typescript.ts'
import { createStatistics, observe } from '../observe.ts'
import { parsePolicy } from '../parse-policy.ts'
import { factorOf, posteriorOf, precisionOf } from '../regression/posterior.ts'
import { evaluateStudent, prepareStudent, STUDENT_CELLS } from '../special/student-t.ts'

// Reference numbers computed with numpy and scipy; the file is data, read as such.
interface Step { scores: { mean: number; sd: number; ucb: number }[]; argmax: number }
interface Trace { alpha: number; lambda_: number; logged_action: number[]; reward: number[]; trace: Step[] }
const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'policies.json'), 'utf8')) as {
  nig_linear_regression: {
    prior: { lambda_: number; a0: number; b0: number }
    X: number[][]; y: number[]; query: number[]
    snapshots: {
      n: number; precision: number[][]; mu: number[]; a: number; b: number; query_mean: number; query_x_Linv_x: number
      query_value_marginal: { student_t_df: number; loc: number; scale: number; q05: number; q95: number; sd: number }
    }[]
  }
  linucb_disjoint: Trace & { contexts: number[][] }
  linucb_hybrid: Trace & { contexts_x: number[][]; shared_features_z: number[][][]; beta_hat: number[] }
  pmfs: { predicted_rewards: number[]; pmf: Record<string, number[]> }
  context_free: { pulls: number[]; successes: number[]; ucb1: number[]; beta_posterior: { alpha: number[]; beta: number[]; mean: number[] }; thompson_selection_probability: number[] }
  lin_ts_propensity: { df: number[]; loc: number[]; scale: number[]; selection_probability: number[] }
}
const near = (actual: ArrayLike<number>, expected: readonly number[]) => {
  expect(actual.length).toBe(expected.length)
  for (const [i, value] of expected.entries()) expect(Math.abs(actual[i]! - value), `entry ${i}: ${actual[i]} against ${value}`).toBeLessThanOrEqual(1e-9)
}
const arms = ['a', 'b', 'c', 'd']
const all = (n: number) => new Uint8Array(n).fill(1)
const kernels = createTypeScriptKernels()

describe('Normal-Inverse-Gamma regression', () => {
  const { prior, X, y, query, snapshots } = golden.nig_linear_regression
  it.each(snapshots.map((snapshot) => [snapshot.n, snapshot] as const))('after %i observations', (n, expected) => {
    const statistics = createStatistics('disjoint', 4, 0)
    for (let t = 0; t < n; t++) observe(statistics, 'a', Float64Array.from(X[t]!), y[t]!, 1)
    const spec = parsePolicy(`linear-thompson:lambda=${prior.lambda_};a0=${prior.a0};b0=${prior.b0}`)
    const policy = createPolicy(spec, { d: 4, sharedLength: 0 })
    const scored = policy.score(policy.derive(statistics, 'golden'), { ids: ['a'], rows: Float64Array.from(query), d: 4 })
    near(scored.mean, [expected.query_mean])
    near(scored.exploration(), [expected.query_value_marginal.sd])
    near(policy.weights(policy.derive(statistics, 'golden'), 'a')!, expected.mu)
    if (n === 0) return
    const gram = statistics.arms.get('a')!.gram!
    const precision = precisionOf(gram, prior.lambda_)
    near(precision, expected.precision.flatMap((row, i) => row.slice(0, i + 1)))
    const posterior = posteriorOf(gram, { lambda: prior.lambda_, a0: prior.a0, b0: prior.b0 }, factorOf(precision, 4, kernels), kernels)
    near([posterior.a, posterior.b], [expected.a, expected.b])
    const { student_t_df: freedom, loc, scale, q05, q95 } = expected.query_value_marginal
    near([2 * posterior.a, Math.sqrt((posterior.b / posterior.a) * expected.query_x_Linv_x)], [freedom, scale])
    const [cells, tails] = [new Float64Array(STUDENT_CELLS), new Float64Array(2)]
    prepareStudent(cells, 0, freedom)
    evaluateStudent(cells, 0, 1 / scale, Float64Array.of(q05 - loc, q95 - loc), 0, 2, tails, new Float64Array(2))
    near(tails, [0.95, 0.05])
  })
})

describe('LinUCB', () => {
  const replay = (name: 'disjoint' | 'hybrid', sharedLength: number, d: number, rowOf: (t: number, arm: number) => number[]) => {
    const { alpha, lambda_, logged_action, reward, trace } = golden[`linucb_${name}`]
    const policy = createPolicy(parsePolicy(`lin-ucb:model=${name};alpha=${alpha};lambda=${lambda_}`), { d, sharedLength })
    const statistics = createStatistics(name, d, sharedLength)
    let snapshot = policy.derive(statistics, 'golden')
    for (const [t, { scores, argmax }] of trace.entries()) {
      const rows = Float64Array.from(scores.flatMap((_, arm) => rowOf(t, arm)))
      snapshot = policy.derive(statistics, 'golden', snapshot)
      const scored = policy.score(snapshot, { ids: arms.slice(0, scores.length), rows, d })
      near(scored.mean, scores.map(({ mean }) => mean))
      near(scored.exploration(), scores.map(({ sd }) => alpha * sd))
      const probabilities = new Float64Array(scores.length)
      scored.probabilities(all(scores.length), probabilities)
      expect(probabilities[argmax]).toBe(Math.max(...probabilities)) // arms never seen tie
      const arm = logged_action[t]!
      observe(statistics, arms[arm]!, rows.slice(arm * d, (arm + 1) * d), reward[t]!, 1)
    }
    return { policy, snapshot }
  }
  it('disjoint: forty rounds of Algorithm 1', () => {
    replay('disjoint', 0, 4, (t) => golden.linucb_disjoint.contexts[t]!)
  })
  it('hybrid: forty rounds of Algorithm 2', () => {
    const { shared_features_z, contexts_x, beta_hat } = golden.linucb_hybrid
    const { policy, snapshot } = replay('hybrid', 3, 7, (t, arm) => [...shared_features_z[t]![arm]!, ...contexts_x[t]!])
    near(policy.weights(snapshot, 'a')!.slice(0, 3), beta_hat)
  })
})

describe('probabilities from predicted rewards', () => {
  // one feature per arm with weight 1: candidates differ by x = predicted reward, mean = x · μ, μ = b/(λ + A) = 1 with λ tiny
  const { predicted_rewards, pmf } = golden.pmfs
  const cases = Object.entries(pmf).map(([name, expected]) => {
    const [, kind, value] = /^(squarecb_gamma|softmax_tau|egreedy)_(.*)$/.exec(name)!
    const text = { squarecb_gamma: `square-cb:gammaScale=${value}`, softmax_tau: `softmax:temperature=${value}`, egreedy: `epsilon-greedy:epsilon=${value}` }[kind!]!
    return [name, `${text};model=shared;lambda=1e-12`, expected] as const
  })
  it.each(cases)('%s', (_name, text, expected) => {
    const policy = createPolicy(parsePolicy(text), { d: 1, sharedLength: 0 })
    const statistics = createStatistics('shared', 1, 0)
    observe(statistics, 'a', Float64Array.of(1), 1, 1)
    const scored = policy.score(policy.derive(statistics, 'golden'), { ids: arms, rows: Float64Array.from(predicted_rewards), d: 1 })
    const out = new Float64Array(4)
    scored.probabilities(all(4), out)
    near(out, expected)
  })
})

describe('policies without context', () => {
  const { pulls, successes, ucb1, beta_posterior, thompson_selection_probability } = golden.context_free
  const statistics = createStatistics('counts', 0, 0)
  for (const [arm, n] of pulls.entries()) for (let k = 0; k < n; k++) observe(statistics, arms[arm]!, new Float64Array(0), k < successes[arm]! ? 1 : 0, 1)
  const score = (text: string) => {
    const policy = createPolicy(parsePolicy(text), { d: 0, sharedLength: 0 })
    return policy.score(policy.derive(statistics, 'golden'), { ids: arms, rows: new Float64Array(0), d: 0 })
  }
  it('ucb1', () => {
    const scored = score('ucb1')
    near(scored.exploration().map((bonus, i) => bonus + scored.mean[i]!), ucb1)
  })
  it('beta-thompson', () => {
    const scored = score('beta-thompson')
    near(scored.mean, beta_posterior.mean)
    const out = new Float64Array(4)
    scored.probabilities(all(4), out)
    near(out, thompson_selection_probability)
    bestOfBetas(Float64Array.from(beta_posterior.alpha), Float64Array.from(beta_posterior.beta), all(4), out)
    near(out, thompson_selection_probability)
  })
})

it('selection probabilities of linear Thompson sampling', () => {
  const { df, loc, scale, selection_probability } = golden.lin_ts_propensity
  const out = new Float64Array(3)
  bestOfIndependent(Float64Array.from(loc), Float64Array.from(scale), Float64Array.from(df), all(3), out)
  near(out, selection_probability)
})
