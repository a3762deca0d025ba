import { ForageError } from '@forage/domain'
import { unseal } from './blob.ts'
import type { ModelForm } from './models.ts'

/** The field `model/NUMBER`; the sums are `model/NUMBER/…`. */
export type SavedModel = ModelForm & { readonly key: string; readonly origin: number | null }

export interface ModelFields {
  /** Null when only sums are among the fields. */
  readonly form: SavedModel | null
  /** Fields of the sums, by the names that `decodeStatistics` knows. */
  readonly parts: readonly (readonly [string, Uint8Array])[]
}

/**
 * The fields that are models' among `fields`, by number, ascending.
 * @throws ForageError `corrupt_state`
 */
export function savedModels(fields: Iterable<readonly [string, Uint8Array]>): Map<number, ModelFields> {
  const found = new Map<number, { form: SavedModel | null; parts: [string, Uint8Array][] }>()
  for (const [field, bytes] of fields) {
    const match = /^model\/(\d+)(?:\/([^]*))?$/.exec(field)
    if (match === null) continue
    const number = Number(match[1])
    let model = found.get(number)
    if (model === undefined) found.set(number, (model = { form: null, parts: [] }))
    if (match[2] === undefined) model.form = unseal<SavedModel>(bytes, field)
    else model.parts.push([match[2], bytes])
  }
  for (const [number, { form }] of found)
    if (form !== null && typeof form.key !== 'string') throw new ForageError('corrupt_state', 'a model without a name', { number })
  return new Map([...found].toSorted(([a], [b]) => a - b))
}
