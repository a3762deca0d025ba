import { hash32, quantise, type FeatureValue, type Features } from '@forage/domain'
import { invalidFeature } from './invalid-feature.ts'

const MAX_DEPTH = 8
const MAX_VALUE = 8

/** Features as hashed (name, value) pairs: `hashes[i]` names what has the quantised value `values[i]`. */
export interface Tokens {
  readonly hashes: number[]
  readonly values: number[]
}

/**
 * Flattens any JSON features. `price: 3` is the token `price` with `squash(3)`; `device: "tv"` the token `device=tv` with 1;
 * booleans are tokens `paid=true` and `paid=false`; null is nothing. Keys of nested objects are joined by dots. In arrays, strings
 * and objects form a bag (`tags=red`, `lines.sku=a1`) while numbers, booleans and arrays keep their index (`embedding.3`).
 * @throws ForageError `invalid_feature` on a number that is not finite, nesting past 8 levels or more than `limit` tokens
 */
export function tokenise(features: Features, at: string, limit: number): Tokens {
  const tokens: Tokens = { hashes: [], values: [] }
  const add = (token: string, value: number) => {
    if (tokens.hashes.length >= limit) throw invalidFeature(at, `at most ${limit} values`, 'more')
    tokens.hashes.push(hash32(token))
    tokens.values.push(value)
  }
  const visit = (value: FeatureValue, name: string, depth: number): void => {
    if (typeof value === 'string') add(`${name}=${value}`, 1)
    else if (typeof value === 'boolean') add(`${name}=${value}`, 1)
    else if (typeof value === 'number') {
      if (!Number.isFinite(value)) throw invalidFeature(`${at}.${name}`, 'a finite number', value)
      add(name, squash(value))
    } else if (value !== null && value !== undefined) {
      if (depth === MAX_DEPTH) throw invalidFeature(`${at}.${name}`, `at most ${MAX_DEPTH} levels`, value)
      if (Array.isArray(value)) value.forEach((one: FeatureValue, index) => visit(one, isOfBag(one) ? name : `${name}.${index}`, depth + 1))
      else visitKeys(value as Features, `${name}.`, depth + 1)
    }
  }
  const visitKeys = (object: Features, prefix: string, depth: number) => {
    for (const key of Object.keys(object)) visit(object[key]!, prefix + key, depth)
  }
  visitKeys(features, '', 1)
  return tokens
}

function isOfBag(value: FeatureValue): boolean {
  return typeof value === 'string' || (typeof value === 'object' && value !== null && !Array.isArray(value))
}

/** Numbers of unknown scale: sign(v)·ln(1 + |v|), clipped to ±8 (|v| ≈ 2980) and quantised; nearly v itself around 0. */
export function squash(value: number): number {
  return quantise(Math.sign(value) * Math.min(MAX_VALUE, Math.log1p(Math.abs(value))))
}
