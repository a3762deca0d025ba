import { randomUUID } from 'node:crypto'
import type { FeedbackEvent, FeedbackResult } from '@forage/contracts'
import { encodeRecord, ForageError, hash32, partitionOf, type FeedbackRecord } from '@forage/domain'
import type { Position } from '@forage/event-log'
import { LRUCache } from 'lru-cache'
import type { z } from 'zod'
import type { Intake } from '../spool/intake.ts'

type Result = z.infer<typeof FeedbackResult>

interface Seen {
  readonly content: number
  /** Null: in the spool. */
  readonly position: Promise<Position | null>
}

/** Feedback ids remembered by this process: they answer retries early. The learner is what removes duplicates for good. */
const REMEMBERED = 50_000

/** Takes feedback into the log, or the spool. It need not know the decision: the id alone says which partition has it. */
export class FeedbackAcceptor {
  readonly #intake: Intake
  readonly #partitions: number
  readonly #seen = new LRUCache<string, Seen>({ max: REMEMBERED })

  constructor(intake: Intake, partitions: number) {
    this.#intake = intake
    this.#partitions = partitions
  }

  /**
   * Resolves once every accepted event is durable, with one result per event, in order.
   * @throws ForageError `log_unavailable` when neither log nor spool took any of them
   */
  async accept(events: readonly FeedbackEvent[]): Promise<Result[]> {
    const taken = events.map((event) => this.#take(event))
    const results = await Promise.all(taken.map(({ event, feedbackId, ...rest }) => settle(event.decisionId, feedbackId, rest)))
    const failed = results.filter(({ reason }) => reason === 'log_unavailable').length
    if (failed > 0 && failed === results.length) throw new ForageError('log_unavailable', 'the log cannot accept feedback now')
    return results
  }

  #take(event: FeedbackEvent): { event: FeedbackEvent; feedbackId: string; status: Result['status']; position: Promise<Position | null> | null } {
    const feedbackId = event.feedbackId ?? randomUUID()
    const record = toRecord(event, feedbackId)
    const bytes = encodeRecord(record)
    if (event.feedbackId === undefined) return { event, feedbackId, status: 'accepted', position: this.#append(event.decisionId, bytes) }
    const key = `${event.decisionId}\n${feedbackId}`
    const content = fingerprint(record)
    const seen = this.#seen.get(key)
    if (seen !== undefined) return seen.content === content ? { event, feedbackId, status: 'duplicate', position: seen.position } : { event, feedbackId, status: 'rejected', position: null }
    const position = this.#append(event.decisionId, bytes)
    this.#seen.set(key, { content, position })
    position.catch(() => this.#seen.delete(key))
    return { event, feedbackId, status: 'accepted', position }
  }

  #append(decisionId: string, bytes: Uint8Array): Promise<Position | null> {
    return this.#intake.take(partitionOf(decisionId, this.#partitions), bytes)
  }
}

async function settle(decisionId: string, feedbackId: string, { status, position }: { status: Result['status']; position: Promise<Position | null> | null }): Promise<Result> {
  if (position === null) return { decisionId, feedbackId, status, reason: 'feedback_conflict' }
  try {
    const taken = await position
    return { decisionId, feedbackId, status, ...whereabouts(taken) }
  } catch {
    return { decisionId, feedbackId, status: 'rejected', reason: 'log_unavailable' }
  }
}

/** Where a record is, as answers say it. */
export function whereabouts(taken: Position | null): { position: string } | { spooled: true } {
  return taken === null ? { spooled: true } : { position: `${taken.partition}:${taken.offset}` }
}

function toRecord({ decisionId, itemId, event, value = 1, occurredAt, final = false }: FeedbackEvent, feedbackId: string): FeedbackRecord {
  return {
    v: 1,
    kind: 'feedback',
    decisionId,
    ...(itemId === undefined ? {} : { itemId }),
    event,
    value,
    feedbackId,
    final,
    ...(occurredAt === undefined ? {} : { occurredAt: Date.parse(occurredAt) }),
  }
}

/** 52 bits of what the event says. */
function fingerprint({ itemId, event, value, final, occurredAt }: FeedbackRecord): number {
  const text = JSON.stringify([itemId ?? null, event, value, final, occurredAt ?? null])
  return hash32(text) * 2 ** 20 + (hash32(text, 1) & 0xfffff)
}
