import { crc32 } from 'node:zlib'
import { ForageError } from '@forage/domain'
import { createArm, createStatistics, nextRevision } from './observe.ts'
import type { ArmStatistics, Gram, ModelStatistics, StatisticsShape } from './statistics.ts'

/*
 * One blob for the shared part and one per arm: header, name (UTF-8), numbers (float64), crc32 of all before it; little-endian.
 * A blob longer than 64 KiB is split: part p of the shared blob is the field `shared/p`, of an arm's `arm/p/ID`.
 */
const MAGIC = 0x31534246 // "FBS1"
const HEADER = 24
const PART = 65_536
const shapes: readonly StatisticsShape[] = ['counts', 'shared', 'disjoint', 'hybrid']

/** All fields of one model's statistics. */
export function encodeStatistics(statistics: Readonly<ModelStatistics>): Map<string, Uint8Array> {
  const fields = encodeShared(statistics)
  for (const id of statistics.arms.keys()) for (const [name, part] of encodeArm(statistics, id)) fields.set(name, part)
  return fields
}

/** The fields of the shared part: shape, counts and, where there is one, the shared regression. Changes with `statistics.revision`. */
export function encodeShared(statistics: Readonly<ModelStatistics>): Map<string, Uint8Array> {
  return split(blobOf(statistics, '', [Float64Array.of(statistics.count), ...gramArrays(statistics.shared)]), (part) => `shared/${part}`)
}

/** The fields of one arm. They change only when the arm's `revision` does. An arm that was never seen has none. */
export function encodeArm(statistics: Readonly<ModelStatistics>, armId: string): Map<string, Uint8Array> {
  const arm = statistics.arms.get(armId)
  return arm === undefined ? new Map() : split(blobOf(statistics, armId, armArrays(arm)), (part) => `arm/${part}/${armId}`)
}

/**
 * The statistics that were encoded, ready to be learned into. All fields of the model, in any order.
 * @param expected what the caller will use them as; without it any shape is taken
 * @throws ForageError `corrupt_state` on a flipped bit, a missing, cut, misnamed or foreign field, or another shape than expected
 */
export function decodeStatistics(
  fields: Iterable<readonly [string, Uint8Array]>,
  expected?: { readonly shape: StatisticsShape; readonly d: number; readonly sharedLength: number },
): ModelStatistics {
  const blobs = joinParts(fields)
  const saved = blobs.get('')
  if (saved === undefined) throw corrupt('the shared part is missing')
  const { shape, d, sharedLength } = readHeader(saved, '')
  if (expected !== undefined && (shape !== expected.shape || d !== expected.d || sharedLength !== expected.sharedLength))
    throw corrupt(`saved as ${shape}, d = ${d}, ${sharedLength} shared`, { expected })
  const statistics = emptyOf(shape, d, sharedLength)
  const count = new Float64Array(1)
  readNumbers(saved, 0, [count, ...gramArrays(statistics.shared)], (values) => setGram(statistics.shared, values.slice(1)))
  statistics.count = count[0]!
  for (const [id, blob] of blobs) {
    if (id === '') continue
    const header = readHeader(blob, id.slice(1))
    if (header.shape !== shape || header.d !== d || header.sharedLength !== sharedLength) throw corrupt('an arm has another shape than its model', { id })
    const arm = createArm(statistics)
    readNumbers(blob, header.nameLength, armArrays(arm), (values) => setArm(arm, values))
    arm.revision = nextRevision()
    statistics.arms.set(id.slice(1), arm)
  }
  return statistics
}

const corrupt = (message: string, details: Record<string, unknown> = {}) => new ForageError('corrupt_state', message, details)

function emptyOf(shape: StatisticsShape, d: number, sharedLength: number): ModelStatistics {
  try {
    return createStatistics(shape, d, sharedLength)
  } catch (cause) {
    throw new ForageError('corrupt_state', 'saved lengths do not fit the saved shape', { shape, d, sharedLength }, { cause })
  }
}

const scalars = ({ weight, squares }: Readonly<Gram>) => Float64Array.of(weight, squares)
const gramArrays = (gram: Readonly<Gram> | null) => (gram === null ? [] : [scalars(gram), gram.vector, gram.matrix])
const armArrays = (arm: Readonly<ArmStatistics>) => [
  Float64Array.of(arm.count, arm.weight, arm.sum, arm.squares), ...gramArrays(arm.gram), ...(arm.cross === null ? [] : [arm.cross]),
]

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

function blobOf({ shape, d, sharedLength }: Readonly<ModelStatistics>, id: string, arrays: readonly Float64Array[]): Uint8Array {
  const name = Buffer.from(id, 'utf8')
  const cells = arrays.reduce((sum, { length }) => sum + length, 0)
  const blob = new Uint8Array(HEADER + name.length + 8 * cells + 4)
  const view = new DataView(blob.buffer)
  for (const [place, value] of [MAGIC, shapes.indexOf(shape), d, sharedLength, name.length, cells].entries()) view.setUint32(4 * place, value, true)
  blob.set(name, HEADER)
  let at = HEADER + name.length
  for (const array of arrays)
    for (const value of array) {
      view.setFloat64(at, value, true)
      at += 8
    }
  view.setUint32(at, crc32(blob.subarray(0, at)), true)
  return blob
}

function split(blob: Uint8Array, name: (part: number) => string): Map<string, Uint8Array> {
  const parts = new Map<string, Uint8Array>()
  for (let part = 0; part * PART < blob.length; part++) parts.set(name(part), blob.subarray(part * PART, (part + 1) * PART))
  return parts
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

/** Fills the arrays in turn; `done` gets them for those whose values live in fields, not arrays. */
function readNumbers(blob: Uint8Array, nameLength: number, arrays: readonly Float64Array[], done: (arrays: readonly Float64Array[]) => void): void {
  const view = viewOf(blob)
  const cells = arrays.reduce((sum, { length }) => sum + length, 0)
  let at = HEADER + nameLength
  if (at + 8 * cells + 4 !== blob.length) throw corrupt('another number of cells than its shape has')
  for (const array of arrays)
    for (let index = 0; index < array.length; index++) {
      array[index] = view.getFloat64(at, true)
      at += 8
    }
  done(arrays)
}

const viewOf = (blob: Uint8Array) => new DataView(blob.buffer, blob.byteOffset, blob.byteLength)
