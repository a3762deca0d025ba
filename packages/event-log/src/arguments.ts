import { ForageError } from '@forage/domain'

/** Longest key in UTF-8 bytes; ids on the wire are at most 128 characters. */
export const MAX_KEY_BYTES = 1024

/** @throws ForageError `internal` for a partition the log does not have */
export function checkPartition(partition: number, partitions: number): void {
  if (!Number.isInteger(partition) || partition < 0 || partition >= partitions)
    throw new ForageError('internal', `the log has no partition ${partition}`, { partition, partitions })
}

/** @throws ForageError `internal` for an empty or too long key */
export function checkKey(key: string): void {
  if (key.length === 0 || (key.length * 3 > MAX_KEY_BYTES && Buffer.byteLength(key) > MAX_KEY_BYTES))
    throw new ForageError('internal', `a key has 1 to ${MAX_KEY_BYTES} bytes`, { length: key.length })
}

/** A copy of the value, or of its parts back to back. */
export function joinParts(value: Uint8Array | readonly Uint8Array[]): Uint8Array {
  if (value instanceof Uint8Array) return new Uint8Array(value)
  const joined = new Uint8Array(value.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of value) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}
