import { statisticsShape } from '@forage/bandit'
import type { PlacementSpec } from '@forage/domain'

const part = (text: string) => text.replaceAll('%', '%25').replaceAll('/', '%2F')

/**
 * Names the posterior that a placement's decisions teach: `placement/policy/shape/encoderVersion`, then what makes sums impossible to
 * add: the half-life, with forgetting, and the range that `unit` scaling maps to [0, 1]. Settings such as λ or α are no part of it:
 * they only read the sums. Neither is the reward's expression: a new one goes on with what the old one taught.
 */
export function modelKey({ id, policy, halfLifeSeconds, reward }: PlacementSpec, encoderVersion: string): string {
  const parts = [part(id), policy.name, statisticsShape(policy), part(encoderVersion)]
  if (halfLifeSeconds !== null) parts.push(`half-life-${halfLifeSeconds}s`)
  if (reward.scaling === 'unit') parts.push(`unit-${reward.range.join('..')}`)
  return parts.join('/')
}
