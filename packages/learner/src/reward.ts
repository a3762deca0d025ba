import { MAX_REWARD, quantiseWithin, type Aggregation, type RewardSpec } from '@forage/domain'
import type { Definition } from './definition.ts'
import type { Contribution } from './joined.ts'

/**
 * The reward of one shown item: the placement's expression over its events, clipped to the range and quantised; the default reward
 * when nothing was said about the item, or (after `onError`) when the expression gives no number. The order of feedback matters to
 * `first` and `last` only.
 */
export function rewardOf(definition: Definition, contributions: readonly Contribution[], item: number, onError?: () => void): number {
  const about = contributions.filter((contribution) => contribution.item === item)
  const [first] = about
  if (first === undefined) return defaultReward(definition)
  // what aggregates a single value gives the value
  const totals = about.length === 1 ? (event: string) => (event === first.event ? first.value : undefined) : totalsOf(about, definition.spec.reward.aggregation)
  const reward = definition.reward.evaluate(totals)
  if (!Number.isNaN(reward)) return creditedReward(definition.spec.reward, reward)
  onError?.()
  return defaultReward(definition)
}

function totalsOf(contributions: readonly Contribution[], aggregation: Aggregation): Map<string, number> {
  const values = new Map<string, number[]>()
  for (const { event, value } of contributions) {
    const list = values.get(event)
    if (list === undefined) values.set(event, [value])
    else list.push(value)
  }
  return new Map([...values].map(([event, list]) => [event, aggregate(list, aggregation)]))
}

function defaultReward(definition: Definition): number {
  return creditedReward(definition.spec.reward, definition.spec.reward.defaultReward)
}

/** What the model learns for a credited reward. */
export function modelReward({ scaling, range: [min, max] }: Pick<RewardSpec, 'scaling' | 'range'>, credited: number): number {
  if (scaling === 'none') return credited
  return max > min ? quantiseWithin((credited - min) / (max - min), MAX_REWARD) : 0
}

/** What a decision is credited with: within the range, on the grid that keeps sums exact. */
export function creditedReward({ range: [min, max] }: Pick<RewardSpec, 'range'>, value: number): number {
  return quantiseWithin(Math.min(Math.max(value, min), max), MAX_REWARD)
}

function aggregate(values: readonly number[], how: Aggregation): number {
  switch (how) {
    case 'first': return values[0]!
    case 'last': return values.at(-1)!
    case 'max': return Math.max(...values)
    case 'min': return Math.min(...values)
    case 'sum': return sum(values)
    case 'mean': return sum(values) / values.length
  }
}

/** Smallest first, so that the order of arrival does not reach the last bit. */
function sum(values: readonly number[]): number {
  return values.length === 1 ? values[0]! : values.toSorted((a, b) => a - b).reduce((total, value) => total + value, 0)
}
