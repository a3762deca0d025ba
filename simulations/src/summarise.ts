import type { RunResult } from './tally.ts'

export interface PolicySummary {
  readonly policy: string
  /** Mean over the policy's runs. */
  readonly meanReward: number
  /** Of `meanReward` over the runs (n − 1); 0 for a single run. */
  readonly standardDeviation: number
  readonly relativeRegret: number
}

/** One line for each policy, in the order of their first runs. */
export function summarise(runs: readonly RunResult[]): PolicySummary[] {
  const byPolicy = new Map<string, RunResult[]>()
  for (const run of runs) {
    const known = byPolicy.get(run.policy)
    if (known === undefined) byPolicy.set(run.policy, [run])
    else known.push(run)
  }
  return [...byPolicy].map(([policy, mine]) => {
    const rewards = mine.map(({ meanReward }) => meanReward)
    const meanReward = mean(rewards)
    const spread = rewards.reduce((sum, reward) => sum + (reward - meanReward) ** 2, 0)
    return {
      policy,
      meanReward,
      standardDeviation: mine.length < 2 ? 0 : Math.sqrt(spread / (mine.length - 1)),
      relativeRegret: mean(mine.map(({ relativeRegret }) => relativeRegret)),
    }
  })
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
