import { ForageError, MAX_FEATURE, quantiseWithin, type EncoderSpec } from '@forage/domain'
import type { EncodedPart, Encoder } from './encoder.ts'
import { tokenise, type Tokens } from './tokens.ts'
import { encoderVersion } from './version.ts'

type HashedSpec = Extract<EncoderSpec, { kind: 'hashed' }>

/** A part that remembers its tokens, because pairs of tokens meet in `join`. */
interface HashedPart extends EncodedPart {
  readonly tokens: Tokens
}

/** Every pair of tokens is visited per candidate: this bounds a request of 1000 candidates to about 16 million pairs. */
const MAX_TOKENS_WITH_PAIRS = 128
const MAX_TOKENS = 1024

/**
 * The schema-free encoder: signed feature hashing (Weinberger et al. 2009, arXiv:0902.2206). Item tokens, and with `interactions`
 * every (context token, item token) pair, share the first block of coordinates, which varies by candidate; context tokens have a
 * block of their own after it. With interactions the first block is three quarters of `dimension`, without them one half.
 * Each token adds ±value at a coordinate of its block; sums are exact, so the order of keys does not matter.
 */
export function hashedEncoder(spec: HashedSpec): Encoder {
  const contextLength = Math.floor(spec.dimension / (spec.interactions ? 4 : 2))
  const itemLength = spec.dimension - contextLength
  const limit = spec.interactions ? MAX_TOKENS_WITH_PAIRS : MAX_TOKENS
  const names = Array.from({ length: spec.dimension }, (_, index) => (index < itemLength ? `item#${index}` : `context#${index - itemLength}`))
  if (spec.intercept) names.push('intercept')
  return {
    spec,
    version: encoderVersion(spec),
    d: names.length,
    itemLength,
    names,
    context(features, at = 'context') {
      const tokens = tokenise(features, at, limit)
      const values = scatter(tokens, contextLength)
      clip(values, 0, contextLength)
      return { values, tokens } satisfies HashedPart
    },
    // Not clipped yet: pairs are added to the same sums in `join`.
    item(features, at = 'item') {
      const tokens = tokenise(features, at, limit)
      return { values: scatter(tokens, itemLength), tokens } satisfies HashedPart
    },
    ...(spec.interactions ? { pairs: (context: EncodedPart, item: EncodedPart) => (context as HashedPart).tokens.hashes.length * (item as HashedPart).tokens.hashes.length } : {}),
    join(context, item, out, at) {
      if (context.values.length !== contextLength || item.values.length !== itemLength)
        throw new ForageError('shape_mismatch', 'the parts were made by another encoder', { context: context.values.length, item: item.values.length })
      for (let index = 0; index < itemLength; index++) out[at + index] = item.values[index]!
      if (spec.interactions) addPairs((context as HashedPart).tokens, (item as HashedPart).tokens, out, at, itemLength)
      clip(out, at, itemLength)
      for (let index = 0; index < contextLength; index++) out[at + itemLength + index] = context.values[index]!
      if (spec.intercept) out[at + spec.dimension] = 1
    },
  }
}

function scatter(tokens: Tokens, length: number): Float64Array {
  const values = new Float64Array(length)
  for (let index = 0; index < tokens.hashes.length; index++) add(values, 0, length, tokens.hashes[index]!, tokens.values[index]!)
  return values
}

function addPairs(context: Tokens, item: Tokens, out: Float64Array, at: number, length: number): void {
  for (let i = 0; i < item.hashes.length; i++) {
    const itemHash = item.hashes[i]!
    const itemValue = item.values[i]!
    for (let c = 0; c < context.hashes.length; c++) add(out, at, length, pairHash(context.hashes[c]!, itemHash), context.values[c]! * itemValue)
  }
}

/** One bit of the hash is the sign, the others choose the coordinate. Products are multiples of 2⁻²⁴: their sums are exact. */
function add(values: Float64Array, at: number, length: number, hash: number, value: number): void {
  values[at + ((hash >>> 1) % length)]! += hash & 1 ? -value : value
}

/** Order matters: (a, b) and (b, a) are different pairs. The last steps are MurmurHash3's finaliser. */
function pairHash(context: number, item: number): number {
  let h = (Math.imul(context, 0x9e3779b1) ^ item) >>> 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

function clip(values: Float64Array, at: number, length: number): void {
  for (let index = at; index < at + length; index++) values[index] = quantiseWithin(values[index]!, MAX_FEATURE)
}
