import { afterAll, expect, it } from 'vitest'
import { isRequired } from '../services/services.ts'
import { corrupt } from './tests/redis.ts'
import { torture } from './tests/torture.ts'
import { startWorld } from './world/world.ts'

// A taste of `npm run test:faults`, small enough for every run of the tests.
const world = await startWorld()
if (world === null && isRequired('redis')) throw new Error('REQUIRE_SERVICES names redis, but the faults have none')
afterAll(() => world?.stop())

const settings = { seed: 'short', long: false, say: () => {} }

it.skipIf(world === null)('learners, Redis and the broker are killed under traffic: what is saved and what is served are what the log says', async () => {
  const sizes = { events: 6000, kills: 2, zombies: 1, redisKills: 1, brokerKills: 1, learners: 2, partitions: 4 }
  expect(await torture.run(world!, { ...settings, sizes })).toMatchObject({ ok: true, wrong: [] })
}, 180_000)

it.skipIf(world === null)('damaged sums are noticed and folded again, and a build that does not check them is caught', async () => {
  expect(await corrupt.run(world!, { ...settings, sizes: {} })).toMatchObject({ ok: true, control: { caught: true } })
}, 180_000)
