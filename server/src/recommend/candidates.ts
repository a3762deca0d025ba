import type { CandidateSet } from '@forage/bandit'
import type { RecommendBody } from '@forage/contracts'
import type { Features, ForageError } from '@forage/domain'
import type { EncodedPart } from '@forage/features'
import { refusal } from '../http/problem.ts'
import { encodeItem, type Catalog } from '../placements/catalog.ts'
import type { Definition } from '../placements/definition.ts'
import type { RowBuffer } from './rows.ts'
import { limitPairs, limitWork } from './work.ts'

export interface Encoded {
  readonly set: CandidateSet
  /** Version of the catalog that ids or features came from; 0 when none did. */
  readonly catalogVersion: number
}

/**
 * Makes the matrix of a request: its own candidates, or the whole catalog when it names none, without the excluded ones. A candidate
 * without features is looked up in the catalog; one that is not there either has no features. Pure: the same definition, catalog and
 * request give the same bits, which is how a logged decision is recomputed.
 * @throws ForageError `no_candidates`, `invalid_feature`, `invalid_request`
 */
export function encodeCandidates(definition: Definition, catalog: Catalog | null, request: RecommendBody, buffer: RowBuffer): Encoded {
  const { encoder, d, emptyItem, spareItem } = definition
  const { candidates, exclude } = request
  const excluded = exclude !== undefined && exclude.length > 0 ? new Set(exclude) : null
  const count = request.count ?? 1
  const ids: string[] = []
  let catalogVersion = 0
  if (candidates === undefined) {
    if (catalog === null || catalog.ids.length === 0) throw noneLeft('the request names no candidates and the placement has no catalog')
    catalogVersion = catalog.version
    for (const id of catalog.ids) if (excluded === null || !excluded.has(id)) ids.push(id)
  } else for (const { id } of candidates) if (excluded === null || !excluded.has(id)) ids.push(id)
  if (ids.length === 0) throw noneLeft('every candidate is excluded')
  limitWork(definition, ids.length, count)

  const context = d === 0 ? null : encoder.context((request.context ?? NONE) as Features)
  const rows = buffer.take(ids.length * d)
  let pairs = 0
  const join = (part: EncodedPart, row: number) => {
    if (encoder.pairs !== undefined) limitPairs((pairs += encoder.pairs(context!, part)))
    encoder.join(context!, part, rows, row * d)
  }
  if (candidates === undefined) {
    if (context !== null) for (let row = 0; row < ids.length; row++) join(catalog!.parts[excluded === null ? row : catalog!.places.get(ids[row]!)!]!, row)
  } else {
    let row = 0
    for (let index = 0; index < candidates.length; index++) {
      const { id, features } = candidates[index]!
      if (excluded !== null && excluded.has(id)) continue
      if (context !== null) {
        let part: EncodedPart
        if (features === undefined) {
          const place = catalog === null ? undefined : catalog.places.get(id)
          if (place === undefined) part = emptyItem
          else {
            part = catalog!.parts[place]!
            catalogVersion = catalog!.version
          }
        } else part = encodeItem(encoder, features as Features, () => `candidates.${index}.features`, spareItem)
        join(part, row)
      }
      row += 1
    }
  }
  return { set: { ids, rows: rows.subarray(0, ids.length * d), d }, catalogVersion }
}

const NONE: Features = {}

function noneLeft(why: string): ForageError {
  return refusal('no_candidates', [{ field: 'candidates', message: why }])
}
