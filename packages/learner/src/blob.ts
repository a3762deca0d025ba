import { ForageError } from '@forage/domain'
import { crc32 } from 'node:zlib'

export const CHECKSUM = 4

/** JSON behind its crc32 (little-endian): how everything but the sums is saved. */
export function seal(value: unknown): Uint8Array {
  const json = JSON.stringify(value)
  const bytes = Buffer.allocUnsafe(CHECKSUM + Buffer.byteLength(json)) // small ones share a slab: millions of these are made
  bytes.write(json, CHECKSUM)
  bytes.writeUInt32LE(crc32(bytes.subarray(CHECKSUM)), 0)
  return bytes
}

/** @throws ForageError `corrupt_state` when the checksum differs */
export function unseal<T>(bytes: Uint8Array, name: string): T {
  const json = bytes.subarray(CHECKSUM)
  if (bytes.length <= CHECKSUM || new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true) !== crc32(json))
    throw new ForageError('corrupt_state', `${name} fails its checksum`, { name })
  return JSON.parse(Buffer.from(json.buffer, json.byteOffset, json.length).toString('utf8')) as T
}
