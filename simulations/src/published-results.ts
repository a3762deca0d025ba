import { parsePolicy } from '@forage/bandit'
import type { LoadOptions } from './data-sets/classification.ts'
import { loadDataSet, type DataSetName } from './data-sets/load.ts'
import type { RewardScaling } from './model-reward.ts'
import { runPolicy } from './run-policy.ts'
import { summarise, type PolicySummary } from './summarise.ts'

/** A setting and what it has to reach. The first five follow the published protocol; the others show what helps. */
export interface PublishedCase {
  readonly data: DataSetName
  readonly rounds: number
  readonly policy: string
  readonly scaling?: RewardScaling
  readonly options?: LoadOptions
  readonly goal: { readonly meanReward: number } | { readonly relativeRegret: number }
}

const thompson = 'linear-thompson:model=disjoint;noise=nig;lambda=0.25;a0=6;b0=6;initialPulls=2'

export const publishedCases: readonly PublishedCase[] = [
  { data: 'statlog', rounds: 43_500, policy: thompson, goal: { meanReward: 0.93 } },
  { data: 'statlog', rounds: 43_500, policy: 'lin-ucb:alpha=0.25', goal: { meanReward: 0.937 } },
  { data: 'mushroom', rounds: 50_000, policy: thompson, goal: { relativeRegret: 8 } },
  { data: 'covertype', rounds: 20_000, policy: thompson, goal: { meanReward: 0.635 } },
  { data: 'covertype', rounds: 20_000, policy: 'lin-ucb:alpha=0.25', goal: { meanReward: 0.635 } },
  // Past the best of Vowpal Wabbit 9.11.2 (native, nine settings): 2.428, .610 and .960.
  { data: 'mushroom', rounds: 50_000, policy: thompson, scaling: 'unit', goal: { meanReward: 2.428 } },
  { data: 'mushroom', rounds: 50_000, policy: 'lin-ucb:alpha=0.25', scaling: 'unit', goal: { meanReward: 2.428 } },
  { data: 'statlog', rounds: 43_500, policy: 'lin-ucb:alpha=0.1', options: { clip: 2 }, goal: { meanReward: 0.96 } },
  { data: 'statlog', rounds: 43_500, policy: 'lin-ucb:alpha=0.1', options: { clip: 8, bins: 16 }, goal: { meanReward: 0.99 } },
  { data: 'covertype', rounds: 20_000, policy: 'lin-ucb:alpha=0.1', options: { clip: 8, bins: 8 }, goal: { meanReward: 0.7 } },
]

export interface PublishedResult extends PolicySummary {
  readonly case: PublishedCase
  readonly reached: boolean
}

/** Plays one case with the seeds 0 … seeds − 1. @param path of the data set's file */
export async function playPublished(one: PublishedCase, path: string, seeds: number): Promise<PublishedResult> {
  const dataSet = await loadDataSet(one.data, path, one.options)
  const runs = []
  for (let seed = 0; seed < seeds; seed++)
    runs.push(await runPolicy({ dataSet, policy: parsePolicy(one.policy), seed, rounds: one.rounds, rewardScaling: one.scaling ?? 'none' }))
  const [summary] = summarise(runs) as [PolicySummary]
  const reached = 'meanReward' in one.goal ? summary.meanReward >= one.goal.meanReward : summary.relativeRegret <= one.goal.relativeRegret
  return { ...summary, case: one, reached }
}
