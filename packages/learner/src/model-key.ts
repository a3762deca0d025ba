import { statisticsShape } from '@forage/bandit'
import type { PlacementSpec } from '@forage/domain'

const part = (text: string) => text.replaceAll('%', '%25').replaceAll('/', '%2F')

/**
 * Names the posterior that a placement's decisions teach: `placement/policy/shape/encoderVersion`, and with forgetting a fifth part,
 * the half-life, because sums that decay at different speeds cannot be added. Settings such as λ or α are no part of it: they only
 * read the sums. Neither is the reward's definition: a new one goes on with what the old one taught.
 */
export function modelKey(placement: PlacementSpec, encoderVersion: string): string {
  const key = `${part(placement.id)}/${placement.policy.name}/${statisticsShape(placement.policy)}/${part(encoderVersion)}`
  return placement.halfLifeSeconds === null ? key : `${key}/half-life-${placement.halfLifeSeconds}s`
}
