import type { Kernels } from '../kernels/kernels.ts'
import { dot } from '../kernels/typescript/dot.ts'
import { createGram } from '../observe.ts'
import type { ArmStatistics } from '../statistics.ts'
import { factorOf, posteriorOf, precisionOf, type Posterior, type Prior } from './posterior.ts'
import type { LinearSnapshot, Regression } from './regression.ts'

/** An arm's regression and the sums it came from, by which it is known again. */
export interface DerivedArm {
  readonly posterior: Posterior
  readonly seen: readonly [revision: number, count: number, sum: number, squares: number]
}

export interface DisjointSnapshot extends LinearSnapshot {
  readonly arms: ReadonlyMap<string, DerivedArm>
  /** Every arm that was never seen. */
  readonly prior: Posterior
}

export interface DisjointRegression extends Regression<DisjointSnapshot> {
  /** The regression of each candidate. Valid until the next call of anything here. */
  posteriors(snapshot: DisjointSnapshot, ids: readonly string[]): readonly Posterior[]
}

/** A regression per arm (Li et al. 2010, Algorithm 1). Arms never seen share the prior. */
export function disjointRegression(d: number, prior: Prior, kernels: Kernels): DisjointRegression {
  const empty = createGram(d)
  const unseen = posteriorOf(empty, prior, factorOf(precisionOf(empty, prior.lambda), d, kernels), kernels)
  const deriveArm = (arm: Readonly<ArmStatistics>): DerivedArm => ({
    posterior: posteriorOf(arm.gram!, prior, factorOf(precisionOf(arm.gram!, prior.lambda), d, kernels), kernels),
    seen: [arm.revision, arm.count, arm.sum, arm.squares],
  })
  const same = ({ seen }: DerivedArm, arm: Readonly<ArmStatistics>) =>
    seen[0] === arm.revision && seen[1] === arm.count && seen[2] === arm.sum && seen[3] === arm.squares
  const of = (snapshot: DisjointSnapshot, id: string): Posterior => snapshot.arms.get(id)?.posterior ?? snapshot.prior
  const found: Posterior[] = []
  const posteriors = (snapshot: DisjointSnapshot, ids: readonly string[]): readonly Posterior[] => {
    found.length = ids.length
    for (let i = 0; i < ids.length; i++) found[i] = of(snapshot, ids[i]!)
    return found
  }
  return {
    derive(statistics, previous) {
      const arms = new Map<string, DerivedArm>()
      const pulls = new Map<string, number>()
      for (const [id, arm] of statistics.arms) {
        const before = previous?.arms.get(id)
        arms.set(id, before !== undefined && same(before, arm) ? before : deriveArm(arm))
        pulls.set(id, arm.count)
      }
      return { shape: 'disjoint', d, count: statistics.count, pulls, arms, prior: unseen }
    },
    means(snapshot, { ids, rows }, out) {
      for (let i = 0; i < ids.length; i++) out[i] = dot(rows, i * d, of(snapshot, ids[i]!).mean, 0, d)
    },
    spreads(snapshot, { ids, rows }, out) {
      for (let i = 0; i < ids.length; i++) out[i] = kernels.quadraticForm(rows, d, of(snapshot, ids[i]!).inverse, i * d)
    },
    weights: (snapshot, id) => of(snapshot, id).mean.slice(),
    posterior: of,
    posteriors,
  }
}
