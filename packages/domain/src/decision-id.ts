import { hash32 } from './hash.ts'

/** A decision's name in the log. Server-made ids are a UUIDv7, a dash and four hexadecimal digits that route it. */
export type DecisionId = string

const ROUTED = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}-([0-9a-f]{4})$/
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/**
 * Makes a decision id: UUIDv7 (RFC 9562 §5.7) of `timeMs` and `random`, then a suffix made from the user id, so that all of one
 * user's decisions and their feedback share a log partition. Without a user the suffix is random.
 * @param random at least 12 bytes, uniformly random; only read
 */
export function createDecisionId(timeMs: number, random: Uint8Array, userId?: string | null): DecisionId {
  const high = Math.floor(timeMs / 0x10000)
  const low = timeMs & 0xffff
  const suffix = userId === undefined || userId === null ? (random[10]! << 8) | random[11]! : hash32(userId) & 0xffff
  return (
    HEX[(high >>> 24) & 255]! + HEX[(high >>> 16) & 255]! + HEX[(high >>> 8) & 255]! + HEX[high & 255]! + '-' +
    HEX[low >>> 8]! + HEX[low & 255]! + '-' +
    HEX[0x70 | (random[0]! & 15)]! + HEX[random[1]!]! + '-' +
    HEX[0x80 | (random[2]! & 63)]! + HEX[random[3]!]! + '-' +
    HEX[random[4]!]! + HEX[random[5]!]! + HEX[random[6]!]! + HEX[random[7]!]! + HEX[random[8]!]! + HEX[random[9]!]! + '-' +
    HEX[suffix >>> 8]! + HEX[suffix & 255]!
  )
}

/** The partition that holds a decision and all its feedback: from the id alone. A client's own id is hashed whole. */
export function partitionOf(id: DecisionId, partitions: number): number {
  if (partitions === 1) return 0
  const routed = ROUTED.exec(id)
  return (routed ? Number.parseInt(routed[1]!, 16) : hash32(id)) % partitions
}

/** Milliseconds at which a server-made id was created; `null` for a client's own id. */
export function timeOf(id: DecisionId): number | null {
  return ROUTED.test(id) ? Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : null
}
