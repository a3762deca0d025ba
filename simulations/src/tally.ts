import type { Outcome } from './data-sets/data-set.ts'

export interface RunResult {
  readonly policy: string
  readonly seed: number
  readonly rounds: number
  /** Mean of the rewards that were paid. */
  readonly meanReward: number
  /** What drawing arms uniformly is expected to earn on the same rounds. */
  readonly uniformMeanReward: number
  /** In percent of uniform's regret on the same rounds. Regret is counted in expected rewards, so luck does not enter. */
  readonly relativeRegret: number
  /** Choosing and learning. */
  readonly decisionsPerSecond: number
}

/** Adds up a run, in whatever order its rounds end. */
export class Tally {
  #rounds = 0
  #reward = 0
  #uniform = 0
  #regret = 0
  #uniformRegret = 0

  get rounds(): number {
    return this.#rounds
  }

  add({ rewards, expected, bestExpected, uniformExpected }: Outcome, arm: number): void {
    this.#rounds++
    this.#reward += rewards[arm]!
    this.#uniform += uniformExpected
    this.#regret += bestExpected - expected[arm]!
    this.#uniformRegret += bestExpected - uniformExpected
  }

  /** Without rounds or without regret to make, ratios are 0. */
  result(policy: string, seed: number, seconds: number): RunResult {
    const rounds = this.#rounds
    return {
      policy,
      seed,
      rounds,
      meanReward: rounds === 0 ? 0 : this.#reward / rounds,
      uniformMeanReward: rounds === 0 ? 0 : this.#uniform / rounds,
      relativeRegret: this.#uniformRegret === 0 ? 0 : (100 * this.#regret) / this.#uniformRegret,
      decisionsPerSecond: seconds > 0 ? rounds / seconds : 0,
    }
  }
}
