export { createEncoder } from './create-encoder.ts'
export type { EncodedPart, Encoder } from './encoder.ts'
export { validateEncoderSpec } from './validate-spec.ts'
