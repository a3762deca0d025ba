export type { EncodedPart, Encoder } from './encoder.ts'
