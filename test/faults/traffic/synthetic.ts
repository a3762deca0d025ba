import { createDecisionId, encodeRecord, partitionOf, type DecisionRecord, type FeedbackRecord } from '@forage/domain'
import seedrandom from 'seedrandom'
import { DIMENSION, modelOf, placements } from './placements.ts'
import { poison } from './poison.ts'

export interface TrafficShape {
  /** About so many records, repeated ones included. */
  readonly events: number
  readonly partitions: number
  readonly seed: string
  /** Share of records that no fold can read. */
  readonly poison: number
  /** Largest distance of feedback from its decision, in records. */
  readonly spread?: number
}

export interface Item {
  readonly partition: number
  readonly bytes: Uint8Array
  /** Of feedback that must be credited once it was acknowledged. */
  readonly feedbackId: string | null
}

/** A shape that `verdict` finds in bytes, however they are laid out: no id is the beginning of another. */
const feedbackName = (decision: number, index: number) => `f-${decision}-${index};`

const ARMS = 60
/** Feedback that waits for a decision that never comes makes owners re-read ten minutes of the log: only the end of the traffic has some. */
const ORPHANS_FROM = 0.9

/**
 * Decisions with their feedback as a busy day brings it: repeated one to five times, shuffled, before its decision or long after, about items
 * and decisions nobody knows, with other content under a known id; and poison. The same shape gives the same records. After `'end'` no new decisions come.
 */
export function* syntheticTraffic({ events, partitions, seed, poison: poisonShare, spread = 4000 }: TrafficShape): Generator<Item, undefined, 'end' | undefined> {
  const random = seedrandom(seed)
  const below = (limit: number) => Math.floor(limit * random())
  const later = new Map<number, Item[]>()
  let [emitted, decisions, poisoned] = [0, 0, 0]

  const at = (place: number, item: Item) => {
    const list = later.get(place)
    if (list === undefined) later.set(place, [item])
    else list.push(item)
  }
  const feedbackItem = (content: FeedbackRecord, credited: boolean): Item => ({ partition: partitionOf(content.decisionId, partitions), bytes: encodeRecord(content), feedbackId: credited ? content.feedbackId : null })
  const newId = () => createDecisionId(1_764_000_000_000 + decisions, Uint8Array.from({ length: 12 }, () => below(256)), null)

  function decide(): Item {
    const [number, id, { id: placement }] = [decisions++, newId(), placements[random() < 0.7 ? 0 : 1]!]
    const slate = Array.from({ length: 1 + below(2) }, (_, place) => ({ id: `arm-${(below(ARMS) + place * ARMS) % (2 * ARMS)}`, p: 0.5, x: Array.from({ length: DIMENSION }, () => below(8193) - 4096) }))
    const record: DecisionRecord = { v: 1, kind: 'decision', id, placement, version: 1, model: modelOf(placement), snapshot: '', deferred: false, sharedLength: 0, slate }
    const count = random() < 0.2 ? 0 : 1 + below(2)
    for (let index = 0; index < count; index++) {
      const feedback: FeedbackRecord = {
        v: 1, kind: 'feedback', decisionId: id, feedbackId: feedbackName(number, index), event: random() < 0.8 ? 'click' : 'buy', value: (below(17) - 8) / 8, final: random() < 0.6,
        ...(random() < 0.5 && { itemId: slate[below(slate.length)]!.id }),
      }
      const copies = random() < 0.9 ? 1 : 2 + below(4)
      for (let copy = 0; copy < copies; copy++) at(emitted + 1 + (random() < 0.8 ? below(60) : below(spread)), feedbackItem(feedback, true))
      if (random() < 0.01) at(emitted + 1 + below(60), feedbackItem({ ...feedback, feedbackId: `u-${number}-${index}`, itemId: 'never-shown' }, false))
    }
    if (count > 0 && random() < 0.005) at(emitted + spread + 1, feedbackItem({ v: 1, kind: 'feedback', decisionId: id, feedbackId: feedbackName(number, 0), event: 'click', value: 9, final: false }, false)) // the id is taken
    const item: Item = { partition: partitionOf(id, partitions), bytes: encodeRecord(record), feedbackId: null }
    if (random() < 0.02) at(emitted + 1 + below(2 * spread), item) // decided twice
    if (random() >= 0.05) return item
    at(emitted + 1 + below(30), item) // its feedback may come first
    return next()
  }
  function next(): Item {
    const waiting = later.get(emitted)
    const due = waiting?.shift()
    if (due !== undefined) {
      if (waiting!.length === 0) later.delete(emitted)
      return due
    }
    if (random() < poisonShare) return { partition: below(partitions), bytes: poison(poisoned++, random), feedbackId: null }
    if (emitted > ORPHANS_FROM * events && random() < 0.01) return feedbackItem({ v: 1, kind: 'feedback', decisionId: newId(), feedbackId: `orphan-${emitted}`, event: 'click', value: 1, final: true }, false)
    return decide()
  }

  /** What is due at one place may be several records: those go on with the next. */
  function pushOn(): void {
    const rest = later.get(emitted)
    if (rest === undefined) return
    later.delete(emitted)
    for (const item of rest) at(emitted + 1, item)
  }

  while (emitted < events) {
    if ((yield next()) === 'end') break
    pushOn()
    emitted += 1
  }
  for (const place of [...later.keys()].toSorted((a, b) => a - b)) yield* later.get(place)!
}
