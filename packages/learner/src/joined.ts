import type { DecisionRecord, FeedbackRecord } from '@forage/domain'
import type { Definition } from './definition.ts'

/** Feedback about one item that a decision keeps; more is counted and ignored, so that one decision stays small. */
export const MAX_FEEDBACK_PER_ITEM = 64

/** One accepted feedback, in the order of the log. */
export interface Contribution {
  /** Place of its item in the slate. */
  readonly item: number
  readonly event: string
  readonly value: number
  readonly feedbackId: string
  readonly final: boolean
  readonly offset: number
}

/** A decision with the feedback that belongs to it, open or matured. */
export interface Joined {
  readonly id: string
  readonly offset: number
  /** Broker time of the decision: t_D. */
  readonly time: number
  readonly definition: Definition
  readonly model: string
  /** x in units of 2⁻¹². */
  readonly slate: readonly Pick<DecisionRecord['slate'][number], 'id' | 'x'>[]
  contributions: Contribution[]
}

export type JoinResult = 'feedbackAccepted' | 'feedbackDuplicate' | 'feedbackConflict' | 'feedbackUnknownItem' | 'feedbackOverLimit'

/** Adds a feedback to its decision, once. */
export function join(decision: Joined, feedback: FeedbackRecord, offset: number): JoinResult {
  const { event, value, feedbackId, final } = feedback
  const item = feedback.itemId === undefined ? (decision.slate.length > 0 ? 0 : -1) : decision.slate.findIndex(({ id }) => id === feedback.itemId)
  if (item === -1) return 'feedbackUnknownItem'
  let about = 0
  for (const known of decision.contributions) {
    if (known.feedbackId === feedbackId)
      return known.item === item && known.event === event && known.value === value && known.final === final ? 'feedbackDuplicate' : 'feedbackConflict'
    if (known.item === item) about++
  }
  if (about >= MAX_FEEDBACK_PER_ITEM) return 'feedbackOverLimit'
  decision.contributions.push({ item, event, value, feedbackId, final, offset })
  return 'feedbackAccepted'
}

/**
 * How many items from the top count as seen. With `clicked-and-above` that is down to the last one with feedback; without any
 * feedback the whole slate was looked at in vain (the cascade model: Kveton et al. 2015, arXiv:1502.02763).
 */
export function examinedItems({ definition, slate, contributions }: Joined): number {
  if (definition.spec.examined === 'all' || contributions.length === 0) return slate.length
  return 1 + contributions.reduce((last, { item }) => Math.max(last, item), 0)
}
