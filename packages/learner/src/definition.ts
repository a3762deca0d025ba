import { compileReward, statisticsShape, type RewardExpression, type StatisticsShape } from '@forage/bandit'
import { ForageError, type PlacementRecord, type PlacementSpec } from '@forage/domain'

/** A placement's definition as the fold uses it. Immutable. */
export interface Definition {
  readonly spec: PlacementSpec
  readonly version: number
  /** Offset of the record that brought it: decisions before it did not have it. */
  readonly offset: number
  readonly shape: StatisticsShape
  readonly windowMs: number
  readonly horizonMs: number
  readonly halfLifeMs: number | null
  readonly reward: RewardExpression
}

const isDuration = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value < Infinity

/** @throws ForageError `unreadable_record` when the definition cannot be used */
export function createDefinition({ spec, version }: Pick<PlacementRecord, 'spec' | 'version'>, offset: number): Definition {
  try {
    const { reward, halfLifeSeconds } = spec
    const [min, max] = reward.range
    if (typeof spec.id !== 'string' || !Number.isInteger(version)) throw new TypeError('no id or version')
    if (!isDuration(reward.windowSeconds) || !isDuration(reward.horizonSeconds)) throw new TypeError('no window or horizon')
    if (!Number.isFinite(min) || !Number.isFinite(max) || min > max || !Number.isFinite(reward.defaultReward)) throw new TypeError('no reward range')
    if (halfLifeSeconds !== null && !(halfLifeSeconds > 0 && halfLifeSeconds < Infinity)) throw new TypeError('no half-life')
    return {
      spec, version, offset,
      shape: statisticsShape(spec.policy),
      windowMs: Math.round(reward.windowSeconds * 1000),
      horizonMs: Math.round(reward.horizonSeconds * 1000),
      halfLifeMs: halfLifeSeconds === null ? null : halfLifeSeconds * 1000,
      reward: compileReward(reward.expression),
    }
  } catch (cause) {
    throw new ForageError('unreadable_record', 'a placement definition that cannot be used', { id: spec?.id, version }, { cause })
  }
}
