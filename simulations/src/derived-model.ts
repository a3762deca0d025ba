import { createPolicy, createStatistics, observe, statisticsShape, type CandidateSet, type Scored } from '@forage/bandit'
import type { PolicySpec } from '@forage/domain'

/** A policy and what it has learned, one observation after the other. */
export interface LearningModel {
  score(set: CandidateSet): Scored
  learn(armId: string, x: Float64Array, reward: number): void
}

/**
 * Derives the snapshot anew from the sums after each observation, as a server does after each batch: slow (d³ per observation and
 * arm) and plain. It is what the fast model is compared with.
 */
export function createDerivedModel(spec: PolicySpec, d: number, seed: string): LearningModel {
  const shape = statisticsShape(spec)
  const policy = createPolicy(spec, { d, sharedLength: 0 })
  const statistics = createStatistics(shape, d, 0)
  let snapshot = policy.derive(statistics, seed)
  return {
    score: (set) => policy.score(snapshot, set),
    learn(armId, x, reward) {
      observe(statistics, armId, x, reward, 1)
      snapshot = policy.derive(statistics, seed, snapshot)
    },
  }
}
