import { ForageError } from './errors.ts'
import type { PlacementSpec } from './spec.ts'

/**
 * What the topic `interactions` holds. A record's bytes are one or two lines of UTF-8 JSON. The first line (types here) is what
 * learning needs; a decision has a second one, its evidence, which only explanations, audits and evaluation read.
 */
export type InteractionRecord = PlacementRecord | DecisionRecord | FeedbackRecord | ActivationRecord | TickRecord

/** A placement's definition enters the log before the first decision made under it, in every partition: the fold needs nothing else. */
export interface PlacementRecord {
  readonly v: 1
  readonly kind: 'placement'
  readonly version: number
  readonly spec: PlacementSpec
}

export interface ShownItem {
  readonly id: string
  /** Probability of this pick in its slot, given the picks above it. Exactly what it was drawn with. */
  readonly p: number
  /** The encoded vector in units of 2⁻¹² (`toUnits`), length d. Empty when the policy needs none. */
  readonly x: readonly number[]
}

export interface DecisionRecord {
  readonly v: 1
  readonly kind: 'decision'
  readonly id: string
  readonly placement: string
  /** Version of the placement's definition it was made under. */
  readonly version: number
  /** Key of the posterior it was made with and will teach: `modelKey` of `@forage/learner`. */
  readonly model: string
  /** Offsets the snapshot had merged, `partition:offset` joined with `,` and ascending; empty for the prior. */
  readonly snapshot: string
  readonly deferred: boolean
  /** How many of x's first coordinates are the shared block of a `hybrid` model; 0 for every other shape. */
  readonly sharedLength: number
  readonly slate: readonly ShownItem[]
}

/** The second line of a decision: everything needed to recompute it bit for bit. */
export interface DecisionEvidence {
  /** The request as it was received. */
  readonly request: unknown
  /** Ids of the candidates that were eligible, in order, when they do not all come from the request. */
  readonly candidates?: readonly string[]
  /** Version of the catalog the candidates came from. */
  readonly catalogVersion?: number
  /** First-slot probability of every eligible candidate: float64 little-endian, base64. */
  readonly probabilities: string
  /** Expected reward of each shown item, as it was answered. */
  readonly scores?: readonly number[]
  /** Reasons for which the decision was made with less than it should have had. */
  readonly degraded: readonly string[]
}

export interface FeedbackRecord {
  readonly v: 1
  readonly kind: 'feedback'
  readonly decisionId: string
  /** The shown item it is about; without one, it is about the first. */
  readonly itemId?: string
  readonly event: string
  readonly value: number
  readonly feedbackId: string
  /** True matures the decision at once. */
  readonly final: boolean
  /** When the client says it happened: milliseconds since the epoch. Kept, never used for maturity. */
  readonly occurredAt?: number
}

export interface ActivationRecord {
  readonly v: 1
  readonly kind: 'activation'
  readonly decisionId: string
}

/** Time passing in an idle partition; its broker time is all it says. */
export interface TickRecord {
  readonly v: 1
  readonly kind: 'tick'
}

const text = new TextEncoder()
const NEWLINE = 10

export function encodeRecord(record: InteractionRecord): Uint8Array {
  return text.encode(JSON.stringify(record))
}

const kinds: ReadonlySet<unknown> = new Set(['placement', 'decision', 'feedback', 'activation', 'tick'])

/** Reads the first line. @throws ForageError `unreadable_record` when it is not a record of a version we know */
export function decodeRecord(bytes: Uint8Array): InteractionRecord {
  const end = bytes.indexOf(NEWLINE)
  const line = Buffer.from(bytes.buffer, bytes.byteOffset, end === -1 ? bytes.length : end).toString('utf8')
  let record: unknown
  try {
    record = JSON.parse(line)
  } catch (cause) {
    throw new ForageError('unreadable_record', 'not JSON', {}, { cause })
  }
  if (typeof record !== 'object' || record === null) throw new ForageError('unreadable_record', 'not an object')
  const { v, kind } = record as { v?: unknown; kind?: unknown }
  if (v !== 1) throw new ForageError('unreadable_record', `unknown schema version ${String(v)}`, { v })
  if (!kinds.has(kind)) throw new ForageError('unreadable_record', `unknown kind ${String(kind)}`, { kind })
  return record as InteractionRecord
}

/** Reads a decision's second line. @throws ForageError `unreadable_record` when there is none */
export function decodeEvidence(bytes: Uint8Array): DecisionEvidence {
  const end = bytes.indexOf(NEWLINE)
  if (end === -1) throw new ForageError('unreadable_record', 'the record has no evidence')
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset + end + 1, bytes.length - end - 1).toString('utf8')) as DecisionEvidence
}
