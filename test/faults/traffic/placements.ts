import type { PlacementSpec } from '@forage/domain'

/** Length of every vector of the traffic. */
export const DIMENSION = 8
/** Decisions without final feedback mature after so long; what comes later is a correction. */
export const WINDOW_SECONDS = 4

const base: PlacementSpec = {
  id: 'home',
  policy: { name: 'lin-ucb', model: 'disjoint', lambda: 0.5, initialPulls: 0, alpha: 1 },
  encoder: { kind: 'hashed', dimension: DIMENSION, interactions: false, intercept: false },
  reward: { expression: 'click + 5 * buy', aggregation: 'sum', defaultReward: 0, range: [-10, 10], scaling: 'none', windowSeconds: WINDOW_SECONDS, horizonSeconds: 7200 },
  floor: 0.02, halfLifeSeconds: null, decisionDurability: 'buffered', examined: 'all', timeoutMs: 50,
}

/** One keeps a regression per arm, one a single regression. */
export const placements: readonly PlacementSpec[] = [base, { ...base, id: 'side', policy: { name: 'lin-ucb', model: 'shared', lambda: 0.5, initialPulls: 0, alpha: 1 } }]

export const modelOf = (placement: string): string => `${placement}/faults`
