import { z } from 'zod'
import { ItemPosterior } from './learning.ts'

const LivePlacement = z.strictObject({
  id: z.string(),
  version: z.int(),
  policy: z.string(),
  snapshotVersion: z.string(),
  observations: z.int().min(0).meta({ description: 'Shown items learned from' }),
  meanReward: z.number().nullable().meta({ description: 'Credited reward per observation; null before the first' }),
  standardError: z.number().nullable().optional().meta({ description: 'Of meanReward; null before the second observation' }),
  items: z.array(ItemPosterior).meta({ description: 'The most shown ones, at most 50' }),
})

/** One message of the stream `/api/live`, once a second. */
export const LiveReply = z
  .strictObject({
    at: z.string(),
    uptimeSeconds: z.number(),
    decisionsPerSecond: z.number(),
    feedbackPerSecond: z.number(),
    learnerLag: z.int().min(0).meta({ description: 'Records of the log that are not learned from yet' }),
    placements: z.array(LivePlacement),
  })
  .meta({ id: 'LiveReply' })
export type LiveReply = z.infer<typeof LiveReply>
