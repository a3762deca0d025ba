import { decodeRecord, ForageError, MAX_FEATURE, toUnits, type DecisionRecord, type FeedbackRecord, type InteractionRecord } from '@forage/domain'

const LARGEST = toUnits(MAX_FEATURE)

/**
 * Decodes a record's first line and checks all that the fold relies on: a record that passes cannot spoil the sums.
 * @throws ForageError `unreadable_record`
 */
export function readRecord(bytes: Uint8Array): InteractionRecord {
  const record = decodeRecord(bytes)
  switch (record.kind) {
    case 'decision': checkDecision(record); break
    case 'feedback': checkFeedback(record); break
    case 'activation': must(typeof record.decisionId === 'string', 'an activation without decision id'); break
    case 'placement': must(typeof record.spec === 'object' && record.spec !== null, 'a placement without definition'); break
    case 'tick':
  }
  return record
}

function must(holds: boolean, message: string): void {
  if (!holds) throw new ForageError('unreadable_record', message)
}

function checkDecision({ id, placement, model, version, slate, sharedLength, deferred }: DecisionRecord): void {
  must(typeof id === 'string' && typeof placement === 'string' && typeof model === 'string', 'a decision without id, placement or model')
  must(Number.isInteger(version) && Number.isInteger(sharedLength) && typeof deferred === 'boolean' && Array.isArray(slate), 'a decision of the wrong shape')
  for (const item of slate) {
    must(typeof item === 'object' && item !== null && typeof item.id === 'string' && Array.isArray(item.x), 'a shown item without id or vector')
    must(item.x.length === slate[0]!.x.length, 'vectors of different lengths')
    for (const units of item.x) must(Number.isInteger(units) && units <= LARGEST && units >= -LARGEST, 'a vector that is not quantised')
  }
}

function checkFeedback({ decisionId, itemId, event, value, feedbackId, final }: FeedbackRecord): void {
  must(typeof decisionId === 'string' && typeof event === 'string' && typeof feedbackId === 'string', 'feedback without decision id, event or feedback id')
  must(Number.isFinite(value) && typeof final === 'boolean' && (itemId === undefined || typeof itemId === 'string'), 'feedback of the wrong shape')
}
