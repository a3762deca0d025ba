import { expect, it } from 'vitest'
import { checkServed } from './check.ts'

// The long form is test/served/run.ts: 100,000 decisions. |z| < 4.5 for ten placements: one right build in 15,000 fails.
it('serves decisions that can be recomputed bit for bit, whose propensities estimate a known policy', async () => {
  const { audit, estimates } = await checkServed({ decisions: 3000, seed: 5, partitions: 2 })
  expect(audit).toMatchObject({ decisions: 3000, verified: 3000, mismatches: 0, ok: true })
  expect(estimates.length).toBe(10)
  for (const { placement, z } of estimates) expect(Math.abs(z), placement).toBeLessThan(4.5)
}, 120_000)
