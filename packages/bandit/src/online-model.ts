import type { PolicySpec } from '@forage/domain'
import { createPolicy, priorOf, statisticsShape } from './create-policy.ts'
import { kernels as chosen } from './kernels/default.ts'
import type { Kernels } from './kernels/kernels.ts'
import { createArm, createStatistics, observe } from './observe.ts'
import type { CandidateSet, Policy, Scored, Snapshot } from './policy.ts'
import type { DerivedArm, DisjointSnapshot } from './regression/disjoint.ts'
import { RunningPosterior } from './regression/rank-one.ts'
import type { Dimensions } from './regression/regression.ts'
import type { SharedSnapshot } from './regression/shared.ts'
import type { ModelStatistics } from './statistics.ts'

type Follow = (armId: string, x: Float64Array, reward: number, weight: number) => void
type Changing<S> = { -readonly [K in keyof S]: S[K] }

/**
 * A policy that learns after every round, for simulations: statistics, and a snapshot that is never behind them. Its probabilities are
 * those of `derive` on the same statistics, to 1e-9. Disjoint and shared regressions follow each observation by a rank-one update;
 * `hybrid`, the draws of shared Thompson sampling and policies without features are derived anew when they are next asked.
 */
export class OnlineModel {
  readonly policy: Policy
  readonly statistics: ModelStatistics
  readonly #seed: string
  readonly #kernels: Kernels
  readonly #follow: Follow | null
  #snapshot: Snapshot
  #stale = false

  /**
   * @param seed as for `Policy.derive`
   * @throws ForageError `invalid_policy` as `createPolicy`
   */
  constructor(spec: PolicySpec, dimensions: Dimensions, seed = '', kernels: Kernels = chosen) {
    this.policy = createPolicy(spec, dimensions, kernels)
    const shape = statisticsShape(spec)
    this.statistics = createStatistics(shape, dimensions.d, shape === 'hybrid' ? dimensions.sharedLength : 0)
    this.#seed = seed
    this.#kernels = kernels
    this.#snapshot = this.policy.derive(this.statistics, seed)
    this.#follow = shape === 'disjoint' ? this.#followArms(spec, kernels) : shape === 'shared' && spec.name !== 'linear-thompson' ? this.#followShared(spec, kernels) : null
  }

  /** Scores under everything learned so far. Valid until the next call of `score` or `learn`. */
  score(set: CandidateSet): Scored {
    return this.policy.score(this.snapshot, set)
  }

  /** Learns one observation: x of length d, quantised; everything as `observe`. */
  learn(armId: string, x: Float64Array, reward: number, weight = 1): void {
    const { arms, shape } = this.statistics
    if (shape === 'disjoint' && !arms.has(armId)) arms.set(armId, createArm(this.statistics, this.#kernels))
    observe(this.statistics, armId, x, reward, weight)
    if (this.#follow === null) this.#stale = true
    else this.#follow(armId, x, reward, weight)
  }

  /** What `score` uses. Changes with `learn`: derive one from `statistics` to keep it. */
  get snapshot(): Snapshot {
    if (this.#stale) this.#snapshot = this.policy.derive(this.statistics, this.#seed, this.#snapshot)
    this.#stale = false
    return this.#snapshot
  }

  #followArms(spec: PolicySpec, kernels: Kernels): Follow {
    const running = new Map<string, RunningPosterior>()
    const pulls = new Map<string, number>()
    const arms = new Map<string, DerivedArm>()
    const snapshot: Changing<DisjointSnapshot> = { ...(this.#snapshot as DisjointSnapshot), arms, pulls }
    this.#snapshot = snapshot
    return (armId, x, reward, weight) => {
      const arm = this.statistics.arms.get(armId)!
      snapshot.count = this.statistics.count
      pulls.set(armId, arm.count)
      const follower = running.get(armId)
      if (follower !== undefined) {
        follower.add(x, reward, weight)
        return
      }
      const first = new RunningPosterior(arm.gram!, priorOf(spec), kernels)
      running.set(armId, first)
      arms.set(armId, { posterior: first.posterior, seen: [0, 0, 0, 0] })
    }
  }

  #followShared(spec: PolicySpec, kernels: Kernels): Follow {
    const running = new RunningPosterior(this.statistics.shared!, priorOf(spec), kernels)
    const pulls = new Map<string, number>()
    const snapshot: Changing<SharedSnapshot> = { ...(this.#snapshot as SharedSnapshot), posterior: running.posterior, pulls }
    this.#snapshot = snapshot
    return (armId, x, reward, weight) => {
      snapshot.count = this.statistics.count
      pulls.set(armId, this.statistics.arms.get(armId)!.count)
      running.add(x, reward, weight)
    }
  }
}
