import type { CatalogBody } from '@forage/contracts'
import { ForageError, type Features } from '@forage/domain'
import type { EncodedPart, Encoder } from '@forage/features'
import { refusal } from '../http/problem.ts'

/** One version of a placement's items, encoded by one encoder. Immutable. */
export interface Catalog {
  readonly version: number
  readonly ids: readonly string[]
  readonly parts: readonly EncodedPart[]
  /** Id → place in `ids` and `parts`. */
  readonly places: ReadonlyMap<string, number>
}

/** @throws ForageError `duplicate_candidate` or `invalid_feature`, naming the item */
export function encodeCatalog({ items }: CatalogBody, version: number, encoder: Encoder): Catalog {
  const ids: string[] = []
  const parts: EncodedPart[] = []
  const places = new Map<string, number>()
  for (const [index, { id, features }] of items.entries()) {
    if (places.has(id)) throw refusal('duplicate_candidate', [{ field: `items.${index}.id`, message: 'is the id of an earlier item' }])
    places.set(id, index)
    ids.push(id)
    parts.push(encodeItem(encoder, features as Features, () => `items.${index}.features`))
  }
  return { version, ids, parts, places }
}

/** `encoder.item`, with the field named from the request's root; the name is only built when it is needed. */
export function encodeItem(encoder: Encoder, features: Features, at: () => string, reuse?: EncodedPart): EncodedPart {
  try {
    return encoder.item(features, 'item', reuse)
  } catch (error) {
    if (!(error instanceof ForageError) || error.code !== 'invalid_feature') throw error
    const field = String(error.details['field'] ?? 'item').replace(/^item/, at())
    throw new ForageError('invalid_feature', error.message.replace(/^item[^:]*/, field), { field }, { cause: error })
  }
}
