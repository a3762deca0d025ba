import { ForageError } from '@forage/domain'
import type { Database, RootDatabase } from 'lmdb'
import type { Position } from '../event-log.ts'

const VERSION = 1
const MOST_PARTITIONS = 4096

export interface Layout {
  readonly partitions: number
  readonly meta: Database
  /** `blockKey` → block. */
  readonly blocks: Database<Buffer, Buffer>
  /** UTF-8 key → position of the first record appended with it. */
  readonly keys: Database<Buffer, Buffer>
}

/** Opens the tables of a log, or makes them. @throws ForageError `corrupt_state` for another layout or partition count */
export function openLayout(env: RootDatabase, { path, partitions, readOnly = false }: { path: string; partitions?: number; readOnly?: boolean }): Layout {
  const meta = env.openDB<Buffer, string>({ name: 'meta', encoding: 'binary' }) as Database | undefined
  const blocks = env.openDB<Buffer, Buffer>({ name: 'blocks', encoding: 'binary', keyEncoding: 'binary' })
  const keys = env.openDB<Buffer, Buffer>({ name: 'keys', encoding: 'binary', keyEncoding: 'binary' })
  const stored = meta?.get('layout') as Uint8Array | undefined
  if (meta === undefined || (stored === undefined && readOnly)) throw new ForageError('log_unavailable', `there is no log at ${path}`, { path })
  if (stored !== undefined) return { meta, blocks, keys, partitions: checkLayout(path, Buffer.from(stored).toString(), partitions) }
  const chosen = partitions ?? 1
  if (!Number.isInteger(chosen) || chosen < 1 || chosen > MOST_PARTITIONS) throw new ForageError('internal', `a log has 1 to ${MOST_PARTITIONS} partitions`, { partitions })
  meta.putSync('layout', Buffer.from(JSON.stringify({ version: VERSION, partitions: chosen })))
  return { meta, blocks, keys, partitions: chosen }
}

function checkLayout(path: string, text: string, wanted: number | undefined): number {
  const { version, partitions } = JSON.parse(text) as { version: number; partitions: number }
  if (version !== VERSION) throw new ForageError('corrupt_state', `the log ${path} has layout ${version}, this program reads layout ${VERSION}`, { path, version })
  if (wanted !== undefined && wanted !== partitions)
    throw new ForageError('corrupt_state', `the log ${path} has ${partitions} partition(s), not ${wanted}: the number cannot be changed after the log was made`, { path, partitions, wanted })
  return partitions
}

/** Sorts by partition, then offset. Offset −1 sorts before, and Infinity after all others of the partition. */
export function blockKey(partition: number, offset: number): Buffer {
  const key = Buffer.allocUnsafe(12)
  key.writeUInt32BE(partition, 0)
  const clipped = Math.min(offset + 1, Number.MAX_SAFE_INTEGER)
  key.writeUInt32BE(Math.floor(clipped / 2 ** 32), 4)
  key.writeUInt32BE(clipped % 2 ** 32, 8)
  return key
}

export function parseBlockKey(key: Buffer): number {
  return key.readUInt32BE(4) * 2 ** 32 + key.readUInt32BE(8) - 1
}

export function encodePosition({ partition, offset }: Position): Buffer {
  const bytes = Buffer.allocUnsafeSlow(12)
  bytes.writeUInt32LE(partition, 0)
  bytes.writeDoubleLE(offset, 4)
  return bytes
}

export function decodePosition(bytes: Buffer): Position {
  return { partition: bytes.readUInt32LE(0), offset: bytes.readDoubleLE(4) }
}
