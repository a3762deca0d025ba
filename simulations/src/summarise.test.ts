import { expect, it } from 'vitest'
import { outcomeOf } from './data-sets/data-set.ts'
import { summarise } from './summarise.ts'
import { Tally } from './tally.ts'

const run = (policy: string, seed: number, meanReward: number, relativeRegret: number) => ({ policy, seed, meanReward, relativeRegret, rounds: 10, uniformMeanReward: 0, decisionsPerSecond: 1 })

it('gives mean and deviation over the seeds of each policy', () => {
  expect(summarise([run('b', 0, 1, 10), run('a', 0, 5, 3), run('b', 1, 2, 20), run('b', 2, 6, 30)])).toEqual([
    { policy: 'b', meanReward: 3, standardDeviation: Math.sqrt(7), relativeRegret: 20 },
    { policy: 'a', meanReward: 5, standardDeviation: 0, relativeRegret: 3 },
  ])
  expect(summarise([])).toEqual([])
})

it('counts paid rewards, and regret in expected ones', () => {
  const tally = new Tally()
  const [edible, poisoned] = [outcomeOf([5, 0]), outcomeOf([-35, 0], [-15, 0])]
  for (const [outcome, arm] of [[edible, 0], [edible, 1], [poisoned, 0], [poisoned, 1]] as const) tally.add(outcome, arm)
  // regret 0 + 5 + 15 + 0, of uniform 2.5 + 2.5 + 7.5 + 7.5
  expect(tally.result('p', 3, 2)).toEqual({ policy: 'p', seed: 3, rounds: 4, meanReward: -7.5, uniformMeanReward: -2.5, relativeRegret: 100, decisionsPerSecond: 2 })
  expect(new Tally().result('p', 0, 0)).toMatchObject({ rounds: 0, meanReward: 0, relativeRegret: 0 })
})
