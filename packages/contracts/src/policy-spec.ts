import { z } from 'zod'

const linear = {
  model: z.enum(['shared', 'disjoint', 'hybrid']).default('shared'),
  lambda: z.number().positive().max(1e6).default(1),
  initialPulls: z.int().min(0).max(1000).default(0),
}

const name = <N extends string>(value: N) => ({ name: z.literal(value) })

export const PolicySpec = z
  .discriminatedUnion('name', [
    z.strictObject({
      ...name('linear-thompson'),
      ...linear,
      model: z.enum(['shared', 'disjoint']).default('shared'),
      noise: z.enum(['nig', 'known']).default('nig'),
      a0: z.number().positive().max(1e6).default(6),
      b0: z.number().positive().max(1e6).default(6),
      variance: z.number().positive().max(1e6).default(1),
      draws: z.int().min(16).max(4096).default(128),
    }),
    z.strictObject({ ...name('lin-ucb'), ...linear, alpha: z.number().min(0).max(1000).default(1) }),
    z.strictObject({ ...name('greedy'), ...linear }),
    z.strictObject({ ...name('epsilon-greedy'), ...linear, epsilon: z.number().min(0).max(1).default(0.1) }),
    z.strictObject({ ...name('softmax'), ...linear, temperature: z.number().positive().max(1e6).default(0.1) }),
    z.strictObject({
      ...name('square-cb'),
      ...linear,
      gammaScale: z.number().positive().max(1e6).default(10),
      gammaExponent: z.number().min(0).max(1).default(0.5),
    }),
    z.strictObject(name('uniform')),
    z.strictObject({ ...name('beta-thompson'), alpha0: z.number().positive().max(1e6).default(1), beta0: z.number().positive().max(1e6).default(1) }),
    z.strictObject({ ...name('ucb1'), exploration: z.number().min(0).max(1000).default(1) }),
    z.strictObject(name('popular')),
    z.strictObject(name('fixed-order')),
  ])
  .meta({ id: 'PolicySpec' })
export type PolicySpec = z.infer<typeof PolicySpec>
