import { z } from 'zod'
import { Position } from './primitives.ts'
import { CandidateExplanation } from './recommend.ts'

export const ItemPosterior = z.strictObject({
  id: z.string(),
  observations: z.int().min(0),
  meanReward: z.number().nullable().meta({ description: 'Mean of the credited rewards; null before the first' }),
  standardError: z.number().nullable().optional().meta({ description: 'Of meanReward; null before the second observation' }),
})

export const PosteriorReply = z
  .strictObject({
    placement: z.string(),
    version: z.int(),
    policy: z.string(),
    model: z.string(),
    snapshotVersion: z.string(),
    observations: z.int(),
    items: z.array(ItemPosterior),
  })
  .meta({ id: 'PosteriorReply' })
export type PosteriorReply = z.infer<typeof PosteriorReply>

export const LearningReply = z
  .strictObject({
    partitions: z.array(z.strictObject({ partition: z.int(), end: z.int(), applied: z.int(), checkpoint: z.int(), openDecisions: z.int() })),
    digest: z.string().meta({ description: 'SHA-256 of all sufficient statistics at the applied offsets' }),
    counters: z.record(z.string(), z.number()),
  })
  .meta({ id: 'LearningReply' })
export type LearningReply = z.infer<typeof LearningReply>

export const WaitQuery = z.strictObject({ position: Position, timeoutMs: z.coerce.number().int().min(1).max(60_000).default(10_000), hurry: z.enum(['true', 'false']).default('true').meta({ description: 'Snapshots are not held back meanwhile; false: wait as any request would' }) }).meta({ id: 'WaitQuery' })
export const WaitReply = z.strictObject({ position: Position, learned: z.boolean() }).meta({ id: 'WaitReply' })
export type WaitReply = z.infer<typeof WaitReply>

export const DecisionReply = z
  .strictObject({
    decisionId: z.string(),
    position: Position,
    decidedAt: z.string(),
    placement: z.string(),
    placementVersion: z.int(),
    policy: z.string(),
    model: z.string(),
    snapshotVersion: z.string(),
    deferred: z.boolean(),
    request: z.unknown(),
    slate: z.array(z.strictObject({ id: z.string(), position: z.int(), propensity: z.number() })),
    explanation: z
      .strictObject({
        basis: z.enum(['snapshot', 'replay']).meta({ description: 'From the posterior still in memory, or refolded from the log' }),
        verified: z.boolean().meta({ description: 'Every recomputed probability equals the logged one, bit for bit' }),
        candidates: z.array(CandidateExplanation),
      })
      .nullable(),
  })
  .meta({ id: 'DecisionReply' })
export type DecisionReply = z.infer<typeof DecisionReply>
