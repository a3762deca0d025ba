import { quantise, quantiseWithin } from '@forage/domain'
import { describe, expect, it } from 'vitest'
import { OnlineModel } from './online-model.ts'
import { parsePolicy } from './parse-policy.ts'
import { seeded } from './rng.ts'

const policies = ['linear-thompson:lambda=0.25;initialPulls=2', 'linear-thompson:noise=known', 'lin-ucb:alpha=0.25', 'lin-ucb:model=shared', 'softmax:model=shared', 'epsilon-greedy', 'lin-ucb:model=hybrid', 'linear-thompson:model=shared;draws=32', 'ucb1']

describe.each(policies)('%s', (text) => {
  it.each([[3, 4, 2500], [12, 3, 300]])('stays within 1e-9 of deriving from scratch (d = %d, %d arms, %d rounds)', (d, arms, rounds) => {
    const rng = seeded(`online ${text} ${d}`)
    const model = new OnlineModel(parsePolicy(text), { d, sharedLength: 1 }, 'seed')
    const ids = Array.from({ length: arms }, (_, i) => `arm ${i}`)
    const [online, scratch, everyone] = [new Float64Array(arms), new Float64Array(arms), new Uint8Array(arms).fill(1)]
    for (let round = 0; round < rounds; round++) {
      // mostly 0 and 1, as one-hot features are: nearly collinear
      const rows = Float64Array.from({ length: arms * d }, (_, j) => (j % d === d - 1 ? 1 : j % 2 === 0 ? Math.round(rng.uniform()) : quantiseWithin(5 * rng.normal(), 64)))
      if (round % 97 === 0 || round > rounds - 4) {
        model.score({ ids, rows, d }).probabilities(everyone, online)
        const mean = model.score({ ids, rows, d }).mean.slice()
        const fresh = model.policy.score(model.policy.derive(model.statistics, 'seed'), { ids, rows, d })
        fresh.probabilities(everyone, scratch)
        for (let i = 0; i < arms; i++) {
          expect(Math.abs(online[i]! - scratch[i]!)).toBeLessThan(1e-9)
          expect(Math.abs(mean[i]! - fresh.mean[i]!)).toBeLessThan(1e-9)
        }
      }
      const arm = Math.floor(arms * rng.uniform() ** 2)
      model.learn(ids[arm]!, rows.slice(arm * d, (arm + 1) * d), quantise(rng.normal() + rows[arm * d]!))
    }
    expect(model.snapshot.count).toBe(rounds)
  })
})
