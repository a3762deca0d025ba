import type { PolicySpec } from '@forage/domain'
import { createPolicy, statisticsShape } from './create-policy.ts'
import { kernels as chosen } from './kernels/default.ts'
import type { Kernels } from './kernels/kernels.ts'
import { createStatistics, observe } from './observe.ts'
import type { CandidateSet, Policy, Scored, Snapshot } from './policy.ts'
import type { Dimensions } from './regression/regression.ts'
import type { ModelStatistics } from './statistics.ts'

/**
 * A policy that learns after every round, for simulations: statistics and a snapshot that is never behind them.
 * Its decisions are those of `derive` on the same statistics, to 1e-9.
 */
export class OnlineModel {
  readonly policy: Policy
  readonly statistics: ModelStatistics
  readonly #seed: string
  #snapshot: Snapshot | null = null

  /** @param seed as for `Policy.derive`. @throws ForageError `invalid_policy` as `createPolicy` */
  constructor(spec: PolicySpec, dimensions: Dimensions, seed = '', kernels: Kernels = chosen) {
    this.policy = createPolicy(spec, dimensions, kernels)
    const shape = statisticsShape(spec)
    this.statistics = createStatistics(shape, dimensions.d, shape === 'hybrid' ? dimensions.sharedLength : 0)
    this.#seed = seed
  }

  /** Scores under everything learned so far. Valid until the next call of `score` or `learn`. */
  score(set: CandidateSet): Scored {
    return this.policy.score(this.snapshot, set)
  }

  /** Learns one observation: x of length d, quantised, as `observe`. */
  learn(armId: string, x: Float64Array, reward: number, weight = 1): void {
    observe(this.statistics, armId, x, reward, weight)
    this.#stale = true
  }

  #stale = true

  get snapshot(): Snapshot {
    if (this.#stale || this.#snapshot === null) this.#snapshot = this.policy.derive(this.statistics, this.#seed, this.#snapshot ?? undefined)
    this.#stale = false
    return this.#snapshot
  }
}
