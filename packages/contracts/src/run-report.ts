import { z } from 'zod'

/** What `forage simulate` and `forage drive` write with `--json`. */
export const RunReport = z
  .strictObject({
    runs: z.array(
      z.strictObject({
        policy: z.string(),
        seed: z.int(),
        rounds: z.int(),
        meanReward: z.number(),
        uniformMeanReward: z.number(),
        relativeRegret: z.number().meta({ description: "Regret in percent of uniform's on the same stream" }),
        decisionsPerSecond: z.number(),
      }),
    ),
    summary: z.array(z.strictObject({ policy: z.string(), meanReward: z.number(), standardDeviation: z.number(), relativeRegret: z.number() })),
  })
  .meta({ id: 'RunReport' })
export type RunReport = z.infer<typeof RunReport>
