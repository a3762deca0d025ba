import { compileReward, createPolicy, statisticsShape, type Policy } from '@forage/bandit'
import type { PlacementBody } from '@forage/contracts'
import { ForageError, type PlacementSpec } from '@forage/domain'
import { createEncoder, type EncodedPart, type Encoder } from '@forage/features'
import { modelKey } from '@forage/learner'
import { refusal } from '../http/problem.ts'

/** A version of a placement, made ready: rules only, no state. */
export interface Definition {
  readonly spec: PlacementSpec
  readonly version: number
  readonly encoder: Encoder
  readonly policy: Policy
  /** Key of the posterior it reads and teaches. */
  readonly model: string
  /** Length of x as the policy sees it: 0 when it needs none. */
  readonly d: number
  readonly sharedLength: number
  /** The part of a candidate without features. */
  readonly emptyItem: EncodedPart
  /** Storage for one inline candidate's part at a time. */
  readonly spareItem: EncodedPart
}

/** @throws ForageError of the rule that is broken, naming the field of the definition */
export function buildDefinition(id: string, body: PlacementBody, version: number): Definition {
  const spec: PlacementSpec = { id, ...body }
  const encoder = named('encoder', () => createEncoder(spec.encoder))
  named('reward.expression', () => compileReward(spec.reward.expression))
  const shape = statisticsShape(spec.policy)
  const d = shape === 'counts' ? 0 : encoder.d
  const sharedLength = shape === 'hybrid' ? encoder.itemLength : 0
  if (shape === 'hybrid' && (sharedLength === 0 || sharedLength === d))
    throw refusal('invalid_policy', [{ field: 'policy.model', message: 'hybrid needs an encoder with item fields or crosses, and with context fields or an intercept' }])
  const policy = named('policy', () => createPolicy(spec.policy, { d, sharedLength }))
  return { spec, version, encoder, policy, model: modelKey(spec, encoder.version), d, sharedLength, emptyItem: encoder.item({}), spareItem: encoder.item({}) }
}

/** Rules of other rooms name the place within their own part of the definition, or none. */
function named<T>(part: string, make: () => T): T {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof ForageError)) throw error
    const { path, field } = error.details
    const within = typeof path === 'string' ? path : typeof field === 'string' ? field : ''
    const place = within.replaceAll(/\[(\d+)\]/g, '.$1')
    throw new ForageError(error.code, error.message, { errors: [{ field: place === '' || place.startsWith(part) ? place || part : `${part}.${place}`, message: error.message }] }, { cause: error })
  }
}
