import type { PolicySpec } from '@forage/domain'
import type { ModelStatistics, StatisticsShape } from './statistics.ts'

/** The candidates of one request, encoded. The caller owns the arrays and may reuse them after the answer. */
export interface CandidateSet {
  readonly ids: readonly string[]
  /** N × d, row-major, quantised. Empty when the policy's shape is `counts`. */
  readonly rows: Float64Array
  readonly d: number
}

/** What serving derives from statistics: immutable, shared by all requests until it is replaced by one field write. */
export interface Snapshot {
  readonly shape: StatisticsShape
  readonly d: number
  /** Observations it was derived from. */
  readonly count: number
}

/** One request's scores. Valid until the same policy scores again: its buffers are reused. */
export interface Scored {
  readonly size: number
  /** Expected reward of each candidate under the posterior (0 where the policy has no model). */
  readonly mean: Float64Array
  /**
   * Writes the probability of every candidate among those with `available[i] = 1`; the others get 0. Sums to 1.
   * No floor yet: `choose` mixes it in. Calling it again with fewer available is how a slate goes on to its next slot.
   */
  probabilities(available: Uint8Array, out: Float64Array): void
  /** What the policy adds to (or spreads around) the mean: α√(xᵀΛ⁻¹x), or the score's posterior standard deviation. Allocates. */
  exploration(): Float64Array
}

/** Rules only: no state, no clock, no random source of its own (bound to a spec and dimensions). */
export interface Policy<S extends Snapshot = Snapshot> {
  readonly spec: PolicySpec
  readonly shape: StatisticsShape
  readonly d: number
  /**
   * Derives what serving needs: means, factors, posterior draws. Off the request path. Pure: the same sums and seed give the same
   * bits. `previous`, when given, only saves work: arms whose revision stayed are taken over.
   * @param seed names the random draws of the shared Thompson model: the model's key; the observation count is mixed in
   */
  derive(statistics: Readonly<ModelStatistics>, seed: string, previous?: S): S
  score(snapshot: S, set: CandidateSet): Scored
  /** The weights that explain a candidate's mean: contribution of coordinate j is weights[j]·x[j]. `null` without a linear model. */
  weights(snapshot: S, candidateId: string): Float64Array | null
}
