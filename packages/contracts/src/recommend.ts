import { z } from 'zod'
import { Features, Id, Name } from './primitives.ts'

export const CandidateBody = z.strictObject({
  id: Id,
  features: Features.optional().meta({ description: "The candidate's features; without them, those of the placement's catalog are used" }),
})

export const RecommendBody = z
  .strictObject({
    placement: Name,
    userId: Id.nullish().meta({ description: "One user's decisions keep their order" }),
    context: Features.optional().meta({ description: 'What is known about this request' }),
    candidates: z.array(CandidateBody).min(1).max(1000).optional().meta({ description: "Without them, the placement's catalog is used" }),
    count: z.int().min(1).max(100).optional().meta({ description: 'Length of the slate; 1 when absent' }),
    exclude: z.array(Id).max(1000).optional().meta({ description: 'Ids that must not be shown' }),
    decisionId: Id.nullish().meta({ description: 'Your own id: repeating the call gives the same decision' }),
    deferActivation: z.boolean().optional().meta({ description: 'Learn from it only once it is activated' }),
    timeoutMs: z.int().min(1).max(10_000).optional().meta({ description: "Deadline; the placement's when absent" }),
    explain: z.boolean().optional().meta({ description: 'Also say how each candidate was judged' }),
  })
  .meta({ id: 'RecommendBody' })
export type RecommendBody = z.infer<typeof RecommendBody>

export const RecommendedItem = z.strictObject({
  id: z.string(),
  position: z.int().min(1),
  propensity: z.number().min(0).max(1).meta({ description: 'Probability with which this item was drawn in its slot, given the slots above' }),
  score: z.number().meta({ description: 'Expected reward under the posterior, on the model’s scale' }),
})

export const CandidateExplanation = z.strictObject({
  id: z.string(),
  mean: z.number(),
  exploration: z.number(),
  probability: z.number(),
  contributions: z.array(z.strictObject({ feature: z.string(), value: z.number(), weight: z.number(), contribution: z.number() })).optional(),
})

export const RecommendReply = z
  .strictObject({
    decisionId: z.string(),
    placement: z.string(),
    items: z.array(RecommendedItem),
    policy: z.string(),
    snapshotVersion: z.string().meta({ description: 'Log offsets the posterior had seen, `partition:offset,…`; empty for the prior' }),
    degraded: z.array(z.string()).meta({ description: 'What was missing: `log`, `durability`, `store`; empty when nothing was' }),
    logged: z.boolean().meta({ description: 'False when the log could not take the decision: it is never learned from' }),
    latencyMs: z.number(),
    explanation: z.array(CandidateExplanation).optional(),
  })
  .meta({ id: 'RecommendReply' })
export type RecommendReply = z.infer<typeof RecommendReply>
