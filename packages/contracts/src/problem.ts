import { z } from 'zod'

/** RFC 9457 problem details with our code. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string(),
    instance: z.string().optional(),
    errors: z
      .array(z.strictObject({ field: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'Each faulty field, as a path such as `candidates.3.features.price`' }),
  })
  .meta({ id: 'Problem' })
export type Problem = z.infer<typeof Problem>
