import { quantise } from '@forage/domain'

export type RewardScaling = 'none' | 'unit'

/** The reward as a model learns it: clipped to the range and quantised; with `unit` then mapped to [0, 1]. As the learner does it. */
export function modelReward(reward: number, [low, high]: readonly [number, number], scaling: RewardScaling): number {
  const credited = quantise(Math.min(high, Math.max(low, reward)))
  return scaling === 'unit' ? quantise((credited - low) / (high - low)) : credited
}
