import type { EncoderSpec, Features } from '@forage/domain'

/** One side's coordinates, ready to be joined with the other side's. Made by one encoder, for that encoder only. Immutable. */
export interface EncodedPart {
  readonly values: Float64Array
}

/**
 * A versioned pure function (context, candidate) → x. Layout of x: first the coordinates that vary by candidate (item fields, then
 * crosses; `itemLength` of them), then the context fields, then the intercept when there is one. Every coordinate is a multiple of
 * 2⁻¹² within ±64, and the same on every machine.
 */
export interface Encoder {
  readonly spec: EncoderSpec
  /** Eight hexadecimal digits of the spec and the algorithm's version: equal versions give equal vectors. */
  readonly version: string
  readonly d: number
  readonly itemLength: number
  /** A name for each coordinate, for explanations: `device=mobile`, `price`, `device=mobile×category=shoes`, `intercept`. */
  readonly names: readonly string[]
  /**
   * Encodes the context's side. `at` prefixes field names in errors.
   * @throws ForageError `invalid_feature`, with `details.field` = e.g. `context.hour`, on a value of the wrong type or length
   */
  context(features: Features, at?: string): EncodedPart
  /**
   * Encodes a candidate's side; a catalog keeps the result. Same errors.
   * @param reuse a part that this encoder made and nobody needs any more: its storage may become the result's
   */
  item(features: Features, at?: string, reuse?: EncodedPart): EncodedPart
  /** How many (context value, item value) pairs `join` would visit, beyond the d coordinates; absent where it visits none. */
  pairs?(context: EncodedPart, item: EncodedPart): number
  /** Writes x for the pair into `out[at … at + d)`. Allocates nothing. */
  join(context: EncodedPart, item: EncodedPart, out: Float64Array, at: number): void
}
