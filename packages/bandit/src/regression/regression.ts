import type { CandidateSet, Snapshot } from '../policy.ts'
import type { ModelStatistics } from '../statistics.ts'
import type { Posterior } from './posterior.ts'

/** What all linear snapshots know. */
export interface LinearSnapshot extends Snapshot {
  /** Observations of each arm that was ever seen. */
  readonly pulls: ReadonlyMap<string, number>
}

/** Reads means and spreads from snapshots of one kind. Stateless. */
export interface RegressionReader<S extends LinearSnapshot> {
  /** out[i] = expected reward of candidate i. */
  means(snapshot: S, set: CandidateSet, out: Float64Array): void
  /** out[i] = the variance of candidate i's expected reward over σ²: xᵀΛ⁻¹x. */
  spreads(snapshot: S, set: CandidateSet, out: Float64Array): void
  /** Coefficients that a candidate is scored with, length d. The caller owns them. */
  weights(snapshot: S, candidateId: string): Float64Array
  /** The regression whose σ² a candidate's reward has. */
  posterior(snapshot: S, candidateId: string): Posterior
}

/** One way to share a regression between candidates. */
export interface Regression<S extends LinearSnapshot = LinearSnapshot> extends RegressionReader<S> {
  /** As `Policy.derive`. */
  derive(statistics: Readonly<ModelStatistics>, previous?: S): S
}

export interface Dimensions {
  /** Length of the encoder's vector. */
  readonly d: number
  /** First coordinates that a `hybrid` model shares between arms; unused by other models. */
  readonly sharedLength: number
}

export function pullsOf({ arms }: Readonly<ModelStatistics>): Map<string, number> {
  const pulls = new Map<string, number>()
  for (const [id, arm] of arms) pulls.set(id, arm.count)
  return pulls
}

/** Ids in an order that does not depend on who was seen first. */
export const sortedIds = ({ arms }: Readonly<ModelStatistics>): string[] => [...arms.keys()].sort()
