import { creditedReward, modelReward as learned } from '@forage/learner'

export type RewardScaling = 'none' | 'unit'

/** The reward as a model learns it, by the learner's own rules: clipped to the range; with `unit` then mapped to [0, 1]. */
export function modelReward(reward: number, range: readonly [number, number], scaling: RewardScaling): number {
  return learned({ range, scaling }, creditedReward({ range }, reward))
}
