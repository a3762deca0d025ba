import { z } from 'zod'
import { EventName, Id, Position } from './primitives.ts'

export const FeedbackEvent = z
  .strictObject({
    decisionId: Id,
    itemId: Id.optional().meta({ description: 'The shown item it is about; the first one when absent' }),
    event: EventName,
    value: z.number().min(-1e6).max(1e6).optional().meta({ description: '1 when absent' }),
    feedbackId: Id.optional().meta({ description: 'Your idempotency id; made by the server when absent' }),
    occurredAt: z.iso.datetime({ offset: true }).optional(),
    final: z.boolean().optional().meta({ description: 'Learn from the decision now instead of at the end of its reward window' }),
  })
  .meta({ id: 'FeedbackEvent' })
export type FeedbackEvent = z.infer<typeof FeedbackEvent>

export const FeedbackBatch = z.strictObject({ events: z.array(FeedbackEvent).min(1).max(1000) }).meta({ id: 'FeedbackBatch' })

export const FeedbackBody = z.union([FeedbackEvent, FeedbackBatch]).meta({ id: 'FeedbackBody' })
export type FeedbackBody = z.infer<typeof FeedbackBody>

const SPOOLED = z.literal(true).optional().meta({ description: 'The log is away: it is safe on the server\'s disk and goes into the log later; it has no position yet' })

export const FeedbackResult = z.strictObject({
  decisionId: z.string(),
  feedbackId: z.string(),
  status: z.enum(['accepted', 'duplicate', 'rejected']),
  reason: z.string().optional(),
  position: Position.optional().meta({ description: 'Where it stands in the log: wait for it with /api/learning/wait' }),
  spooled: SPOOLED,
})

export const FeedbackReply = z.strictObject({ results: z.array(FeedbackResult) }).meta({ id: 'FeedbackReply' })
export type FeedbackReply = z.infer<typeof FeedbackReply>

export const ActivateReply = z.strictObject({ decisionId: z.string(), position: Position.optional(), spooled: SPOOLED }).meta({ id: 'ActivateReply' })
export type ActivateReply = z.infer<typeof ActivateReply>
