import { crc32 } from 'node:zlib'
import { ForageError } from '@forage/domain'
import { createArm, createStatistics, nextRevision } from './observe.ts'
import { armArrays, gramArrays, HEADER, MAGIC, shapes } from './saved-statistics.ts'
import type { ArmStatistics, Gram, ModelStatistics, StatisticsShape } from './statistics.ts'

/** What all sums of one model have in common. */
export interface StatisticsForm {
  readonly shape: StatisticsShape
  readonly d: number
  readonly sharedLength: number
}

/** Parts of a model's statistics, verified and decoded, that no statistics contain yet. */
export interface StatisticsChange extends StatisticsForm {
  /** Null when the shared part was not among the fields. */
  readonly shared: { readonly count: number; readonly gram: Gram | null } | null
  /** Every arm among the fields, whole. */
  readonly arms: ReadonlyMap<string, ArmStatistics>
}

/**
 * The statistics that were encoded, ready to be learned into. All fields of the model, in any order.
 * @param expected what the caller will use them as; without it any shape is taken
 * @throws ForageError `corrupt_state` on a flipped bit, a missing, cut, misnamed or foreign field, a number that no sum can be, or another
 * shape than expected
 */
export function decodeStatistics(fields: Iterable<readonly [string, Uint8Array]>, expected?: StatisticsForm): ModelStatistics {
  const change = decodeBlobs(joinParts(fields), expected)
  if (change.shared === null) throw corrupt('the shared part is missing')
  const statistics = emptyOf(change)
  applyChange(statistics, change)
  return statistics
}

/**
 * Some of a model's fields: the shared part or arms, each with all of its parts.
 * @throws ForageError `corrupt_state` as `decodeStatistics`
 */
export function decodeChange(fields: Iterable<readonly [string, Uint8Array]>, expected: StatisticsForm): StatisticsChange {
  return decodeBlobs(joinParts(fields), expected)
}

/** Puts a change of the same form into statistics, in place; `change` must not be used again. What changed gets new revisions. */
export function applyChange(statistics: ModelStatistics, { shared, arms }: StatisticsChange): void {
  statistics.revision = nextRevision()
  for (const [id, arm] of arms) statistics.arms.set(id, arm)
  if (shared === null) return
  statistics.count = shared.count
  if (statistics.shared === null) return
  const { matrix, vector, weight, squares } = shared.gram!
  statistics.shared.matrix.set(matrix)
  statistics.shared.vector.set(vector)
  statistics.shared.weight = weight
  statistics.shared.squares = squares
}

const corrupt = (message: string, details: Record<string, unknown> = {}) => new ForageError('corrupt_state', message, details)

function decodeBlobs(blobs: ReadonlyMap<string, Uint8Array>, expected?: StatisticsForm): StatisticsChange {
  let form = expected
  let shared: StatisticsChange['shared'] = null
  const saved = blobs.get('')
  if (saved !== undefined) {
    const header = readHeader(saved, '')
    form ??= header
    if (!sameForm(header, form)) throw corrupt(`saved as ${header.shape}, d = ${header.d}, ${header.sharedLength} shared`, { expected })
    const [count, { shared: gram }] = [new Float64Array(1), emptyOf(form)]
    readNumbers(saved, 0, [count, ...gramArrays(gram)], ([, ...values]) => setGram(gram, values))
    mustCount(count[0]!, '')
    shared = { count: count[0]!, gram }
  }
  const arms = new Map<string, ArmStatistics>()
  for (const [name, blob] of blobs) {
    if (name === '') continue
    const id = name.slice(1)
    const header = readHeader(blob, id)
    if (form === undefined) throw corrupt('the shared part is missing')
    if (!sameForm(header, form)) throw corrupt('an arm has another shape than its model', { id })
    const arm = createArm(form)
    readNumbers(blob, header.nameLength, armArrays(arm), (values) => setArm(arm, values))
    mustCount(arm.count, id)
    arm.revision = nextRevision()
    arms.set(id, arm)
  }
  if (form === undefined) throw corrupt('the shared part is missing')
  return { shape: form.shape, d: form.d, sharedLength: form.sharedLength, shared, arms }
}

const sameForm = (a: StatisticsForm, b: StatisticsForm) => a.shape === b.shape && a.d === b.d && a.sharedLength === b.sharedLength

function mustCount(count: number, id: string): void {
  if (!Number.isSafeInteger(count) || count < 0) throw corrupt('a count that nothing can have', { id, count })
}

function emptyOf({ shape, d, sharedLength }: StatisticsForm): ModelStatistics {
  try {
    return createStatistics(shape, d, sharedLength)
  } catch (cause) {
    throw new ForageError('corrupt_state', 'saved lengths do not fit the saved shape', { shape, d, sharedLength }, { cause })
  }
}

function setGram(gram: Gram | null, [values]: readonly Float64Array[]): void {
  if (gram === null) return
  gram.weight = values![0]!
  gram.squares = values![1]!
}

function setArm(arm: ArmStatistics, [own, ...rest]: readonly Float64Array[]): void {
  arm.count = own![0]!
  arm.weight = own![1]!
  arm.sum = own![2]!
  arm.squares = own![3]!
  setGram(arm.gram, rest)
}

/** Blobs by name: '' is the shared one, `/ID` an arm's. */
function joinParts(fields: Iterable<readonly [string, Uint8Array]>): Map<string, Uint8Array> {
  const parts = new Map<string, Uint8Array[]>()
  for (const [field, bytes] of fields) {
    const match = /^(?:shared\/(\d{1,6})|arm\/(\d{1,6})(\/[^]*))$/.exec(field)
    if (match === null) throw corrupt(`unknown field ${field}`)
    const [, shared, arm, id = ''] = match
    const list = parts.get(id) ?? []
    list[Number(shared ?? arm)] = bytes
    parts.set(id, list)
  }
  return new Map([...parts].map(([id, list]) => {
    if (Object.keys(list).length !== list.length) throw corrupt('a part is missing', { id })
    return [id, list.length === 1 ? list[0]! : Buffer.concat(list)]
  }))
}

function readHeader(blob: Uint8Array, id: string): { shape: StatisticsShape; d: number; sharedLength: number; nameLength: number } {
  if (blob.length < HEADER + 4) throw corrupt('cut short', { id })
  const view = viewOf(blob)
  const [magic, shapeIndex, d, sharedLength, nameLength, cells] = Array.from({ length: 6 }, (_, place) => view.getUint32(4 * place, true))
  if (magic !== MAGIC) throw corrupt('not statistics of a version we know', { id, magic })
  if (blob.length !== HEADER + nameLength! + 8 * cells! + 4) throw corrupt('cut short or too long', { id, length: blob.length })
  const end = blob.length - 4
  if (crc32(blob.subarray(0, end)) !== view.getUint32(end, true)) throw corrupt('checksum differs', { id })
  const name = Buffer.from(blob.buffer, blob.byteOffset + HEADER, nameLength).toString('utf8')
  if (name !== id) throw corrupt('saved under another name', { id, name })
  const shape = shapes[shapeIndex!]
  if (shape === undefined) throw corrupt('unknown shape', { id, shapeIndex })
  return { shape, d: d!, sharedLength: sharedLength!, nameLength: nameLength! }
}

/** Fills the arrays in turn, with finite numbers; `done` gets them for those whose values live in fields, not arrays. */
function readNumbers(blob: Uint8Array, nameLength: number, arrays: readonly Float64Array[], done: (arrays: readonly Float64Array[]) => void): void {
  const view = viewOf(blob)
  const cells = arrays.reduce((sum, { length }) => sum + length, 0)
  let at = HEADER + nameLength
  if (at + 8 * cells + 4 !== blob.length) throw corrupt('another number of cells than its shape has')
  for (const array of arrays)
    for (let index = 0; index < array.length; index++) {
      const value = view.getFloat64(at, true)
      if (!Number.isFinite(value) || (value === 0 && 1 / value < 0)) throw corrupt('a number that no sum can be') // sums start at +0 and never come to −0
      array[index] = value
      at += 8
    }
  done(arrays)
}

const viewOf = (blob: Uint8Array) => new DataView(blob.buffer, blob.byteOffset, blob.byteLength)
