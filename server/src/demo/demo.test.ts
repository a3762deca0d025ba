import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@forage/client'
import { expect, it } from 'vitest'
import { readConfig } from '../config.ts'
import { startServer } from '../start.ts'
import { startDemo } from './start-demo.ts'
import { arrive, CONTROL, LEARNED, openShop, react, visitorsSoFar } from './visit.ts'

const config = (dataDir: string | null) => readConfig({}, { port: 0, dataDir, logLevel: 'silent' })

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!(await condition())) if (Date.now() > deadline) throw new Error('it did not happen within 20 s')
}

it('learns who likes what: earns far more than chance from the same visitors', async () => {
  const server = await startServer(config(null))
  try {
    const client = createClient({ url: server.url })
    await openShop(client)
    const earned = { learned: [] as number[], control: [] as number[] }
    // Rounds of 50: all arrive, all react, all is learned. Ids are fixed, so every run makes the same decisions.
    for (let from = 0; from < 1200; from += 50) {
      const numbers = Array.from({ length: 50 }, (_, index) => from + index)
      const shown = await Promise.all(numbers.map((number) => arrive(client, number, { id: `demo-${number}` })))
      const reactions = await Promise.all(shown.map((one) => react(client, one, { leave: true })))
      const offsets = reactions.map(({ position }) => Number(position!.split(':')[1]))
      await client.waitLearned(`0:${Math.max(...offsets)}`)
      shown.forEach(({ visitor }, index) => {
        if (visitor.control) earned.control.push(reactions[index]!.reward)
        else if (from >= 600) earned.learned.push(reactions[index]!.reward)
      })
    }
    const [learned, control] = [momentsOf(earned.learned), momentsOf(earned.control)]
    const sigmas = (learned.mean - control.mean) / Math.sqrt(learned.variance / learned.n + control.variance / control.n)
    // chance earns 0.31, perfect knowledge 1.11; without learning, four sigma would be met by one seed in 30,000
    expect(sigmas).toBeGreaterThan(4)
    expect(learned.mean).toBeGreaterThan(0.7)
    expect(await visitorsSoFar(client)).toBe(1200)
  } finally {
    await server.close()
  }
})

function momentsOf(values: readonly number[]) {
  const n = values.length
  const mean = values.reduce((sum, value) => sum + value, 0) / n
  return { n, mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1) }
}

it('runs by itself, stops cleanly and goes on where it stopped', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'forage-demo-'))
  const troubles: string[] = []
  const run = async (learned: number) => {
    const server = await startServer(config(dataDir))
    const client = createClient({ url: server.url })
    const demo = startDemo({ url: server.url, visitorsPerSecond: 100, onTrouble: (message) => troubles.push(message) })
    try {
      await until(async () => (await client.placement(CONTROL).then(() => visitorsSoFar(client), () => 0)) >= learned)
      return await visitorsSoFar(client)
    } finally {
      await demo.stop()
      await server.close()
    }
  }
  try {
    const first = await run(20)
    expect(await run(first + 20)).toBeGreaterThanOrEqual(first + 20)
    expect(troubles).toEqual([])
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
})

it('keeps what someone changed in the shop', async () => {
  const server = await startServer(config(null))
  try {
    const client = createClient({ url: server.url })
    await openShop(client)
    await client.putPlacement(LEARNED, { ...(await client.placement(LEARNED).then(({ encoder, reward }) => ({ encoder, reward }))), policy: { name: 'greedy' } })
    await openShop(client)
    expect(await client.placement(LEARNED)).toMatchObject({ version: 2, policy: { name: 'greedy' } })
  } finally {
    await server.close()
  }
})

it('tells of trouble once and keeps trying until it is told to stop', async () => {
  const troubles: string[] = []
  const demo = startDemo({ url: 'http://127.0.0.1:1', onTrouble: (message) => troubles.push(message) })
  await until(() => new Promise((resolve) => setImmediate(() => resolve(troubles.length > 0))))
  await demo.stop()
  expect(troubles).toEqual([expect.stringContaining('cannot be reached')])
})
