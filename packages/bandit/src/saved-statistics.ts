import { crc32 } from 'node:zlib'
import type { ArmStatistics, Gram, ModelStatistics, StatisticsShape } from './statistics.ts'

/*
 * One blob for the shared part and one per arm: header, name (UTF-8), numbers (float64), crc32 of all before it; little-endian.
 * A blob longer than 64 KiB is split: part p of the shared blob is the field `shared/p`, of an arm's `arm/p/ID`.
 */
export const MAGIC = 0x31534246 // "FBS1"
export const HEADER = 24
const PART = 65_536
export const shapes: readonly StatisticsShape[] = ['counts', 'shared', 'disjoint', 'hybrid']

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

const scalars = ({ weight, squares }: Readonly<Gram>) => Float64Array.of(weight, squares)
/** Where the numbers of a blob lie, in the order they are written. */
export const gramArrays = (gram: Readonly<Gram> | null) => (gram === null ? [] : [scalars(gram), gram.vector, gram.matrix])
export const armArrays = (arm: Readonly<ArmStatistics>) => [
  Float64Array.of(arm.count, arm.weight, arm.sum, arm.squares), ...gramArrays(arm.gram), ...(arm.cross === null ? [] : [arm.cross]),
]

function blobOf({ shape, d, sharedLength }: Readonly<ModelStatistics>, id: string, arrays: readonly Float64Array[]): Uint8Array {
  const name = Buffer.from(id, 'utf8')
  const cells = arrays.reduce((sum, { length }) => sum + length, 0)
  const blob = Buffer.allocUnsafeSlow(HEADER + name.length + 8 * cells + 4)
  const view = new DataView(blob.buffer)
  for (const [place, value] of [MAGIC, shapes.indexOf(shape), d, sharedLength, name.length, cells].entries()) view.setUint32(4 * place, value, true)
  blob.set(name, HEADER)
  let at = HEADER + name.length
  for (const array of arrays) {
    blob.set(float64Bytes(array), at)
    at += array.byteLength
  }
  view.setUint32(at, crc32(blob.subarray(0, at)), true)
  return blob
}

const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

/** Little-endian, to be read before the array changes. */
function float64Bytes(array: Float64Array): Uint8Array {
  const bytes = Buffer.from(array.buffer, array.byteOffset, array.byteLength)
  return littleEndian ? bytes : Buffer.from(bytes).swap64()
}

function split(blob: Uint8Array, name: (part: number) => string): Map<string, Uint8Array> {
  const parts = new Map<string, Uint8Array>()
  for (let part = 0; part * PART < blob.length; part++) parts.set(name(part), blob.subarray(part * PART, (part + 1) * PART))
  return parts
}
