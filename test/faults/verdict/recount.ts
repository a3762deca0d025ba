import type { LogRecord } from '@forage/event-log'
import { DIMENSION, placements } from '../traffic/placements.ts'

/** Sums over one arm's, or one model's, observations; x in units of one. */
export interface Sums {
  count: number
  reward: number
  readonly vector: number[]
  /** Packed lower triangle. */
  readonly matrix: number[]
}

export interface Recount {
  readonly decisions: number
  readonly observations: number
  /** `model` and `model arm`. */
  readonly sums: ReadonlyMap<string, Sums>
  /** Ids of feedback that belongs to a decision. */
  readonly credited: ReadonlySet<string>
  /** Ids of all feedback that can be read. */
  readonly feedback: ReadonlySet<string>
  /** Offsets of records nothing can be made of. */
  readonly unreadable: readonly number[]
}

interface Decision {
  readonly model: string
  readonly slate: readonly { readonly id: string; readonly x: readonly number[] }[]
}
interface Feedback {
  readonly decisionId: string
  readonly itemId?: string
  readonly event: string
  readonly value: number
  readonly feedbackId: string
}

/**
 * What a partition of the faults' traffic comes to, from the raw records and without a line of the product's learner: every decision counts once,
 * every feedback id once. Holds when all decisions have matured and no feedback came ten minutes before its decision or after the horizon.
 */
export function createRecounter() {
  const defined = new Set<string>()
  const decisions = new Map<string, Decision>()
  const about = new Map<string, Map<string, Feedback>>()
  const [ids, unreadable]: [Set<string>, number[]] = [new Set(), []]

  return {
    add({ offset, value }: LogRecord): void {
      const record = parse(value)
      if (record?.['kind'] === 'placement') defined.add((record['spec'] as { id: string }).id)
      else if (record?.['kind'] === 'decision' && isSound(record, defined)) {
        if (!decisions.has(record['id'] as string)) decisions.set(record['id'] as string, record as unknown as Decision)
      } else if (record?.['kind'] === 'feedback' && Number.isFinite(record['value'])) {
        const feedback = record as unknown as Feedback
        ids.add(feedback.feedbackId)
        const list = about.get(feedback.decisionId) ?? new Map<string, Feedback>()
        if (!list.has(feedback.feedbackId)) about.set(feedback.decisionId, list.set(feedback.feedbackId, feedback))
      } else if (record?.['kind'] !== 'tick') unreadable.push(offset)
    },
    result(): Recount {
      const sums = new Map<string, Sums>()
      const credited = new Set<string>()
      let observations = 0
      for (const [id, { model, slate }] of decisions) {
        const rewards = slate.map(() => 0)
        for (const feedback of about.get(id)?.values() ?? []) {
          const place = feedback.itemId === undefined ? 0 : slate.findIndex((item) => item.id === feedback.itemId)
          if (place === -1) continue
          credited.add(feedback.feedbackId)
          rewards[place]! += feedback.event === 'buy' ? 5 * feedback.value : feedback.event === 'click' ? feedback.value : 0
        }
        for (const [place, { id: arm, x }] of slate.entries()) {
          observations += 1
          for (const key of [model, `${model} ${arm}`]) add(sums, key, x.map((units) => units / 4096), Math.min(Math.max(rewards[place]!, -10), 10))
        }
      }
      return { decisions: decisions.size, observations, sums, credited, feedback: ids, unreadable }
    },
  }
}

function add(all: Map<string, Sums>, key: string, x: readonly number[], reward: number): void {
  const sums = all.get(key) ?? { count: 0, reward: 0, vector: x.map(() => 0), matrix: Array.from({ length: (x.length * (x.length + 1)) / 2 }, () => 0) }
  all.set(key, sums)
  sums.count += 1
  sums.reward += reward
  for (let row = 0, cell = 0; row < x.length; row++) {
    sums.vector[row]! += reward * x[row]!
    for (let column = 0; column <= row; column++) sums.matrix[cell++]! += x[row]! * x[column]!
  }
}

function parse(bytes: Uint8Array): Record<string, unknown> | null {
  try {
    const record = JSON.parse(Buffer.from(bytes).toString('utf8').split('\n')[0]!) as Record<string, unknown> | null
    return typeof record === 'object' && record?.['v'] === 1 ? record : null
  } catch {
    return null
  }
}

function isSound(record: Record<string, unknown>, defined: ReadonlySet<string>): boolean {
  const { placement, version, slate } = record as { placement: string; version: number; slate: { x: number[] }[] }
  return defined.has(placement) && placements.some(({ id }) => id === placement) && version === 1 && slate.every(({ x }) => x.length === DIMENSION && x.every(Number.isInteger))
}
