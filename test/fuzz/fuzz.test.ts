import { afterAll, beforeAll, expect, it } from 'vitest'
import { fuzz } from './fuzz.ts'
import { startTarget } from './target.ts'

let target: Awaited<ReturnType<typeof startTarget>>
beforeAll(async () => {
  target = await startTarget()
})
afterAll(() => target.close())

// The long form is test/fuzz/run.ts: 20,000 cases an endpoint.
it('answers generated requests without a server error, names the field, and accepts what is valid', async () => {
  for (const { endpoint, valid, acceptedOfValid, faults } of await fuzz(target.url, { cases: 600, seed: 7 })) {
    expect(faults, endpoint).toEqual([])
    if (valid > 0) expect(acceptedOfValid / valid, `${endpoint}: share of valid requests that were accepted`).toBeGreaterThanOrEqual(0.3)
  }
}, 120_000)
