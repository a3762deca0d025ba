import { createPolicy, createTypeScriptKernels, statisticsShape, type Policy } from '@forage/bandit'
import type { PlacementSpec } from '@forage/domain'
import { createEncoder, type Encoder } from '@forage/features'

/** A placement's definition, made ready to recompute: on the plain TypeScript kernels, whatever the server ran on. */
export interface Rules {
  readonly spec: PlacementSpec
  readonly encoder: Encoder
  readonly policy: Policy
  /** Length of x; 0 when the policy needs none. */
  readonly d: number
  readonly sharedLength: number
}

const twin = createTypeScriptKernels()

export function rulesOf(spec: PlacementSpec): Rules {
  const encoder = createEncoder(spec.encoder)
  const shape = statisticsShape(spec.policy)
  const d = shape === 'counts' ? 0 : encoder.d
  const sharedLength = shape === 'hybrid' ? encoder.itemLength : 0
  return { spec, encoder, d, sharedLength, policy: createPolicy(spec.policy, { d, sharedLength }, twin) }
}
