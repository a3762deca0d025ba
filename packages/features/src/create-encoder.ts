import type { EncoderSpec } from '@forage/domain'
import { declaredEncoder } from './declared.ts'
import type { Encoder } from './encoder.ts'
import { hashedEncoder } from './hashed.ts'
import { validateEncoderSpec } from './validate-spec.ts'

/**
 * Makes the encoder a spec describes. Pure; do it once per spec, not per request.
 * @throws ForageError `invalid_spec` as `validateEncoderSpec`
 */
export function createEncoder(spec: EncoderSpec): Encoder {
  validateEncoderSpec(spec)
  return spec.kind === 'declared' ? declaredEncoder(spec) : hashedEncoder(spec)
}
