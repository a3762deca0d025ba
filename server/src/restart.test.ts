import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { goods, shop, startTestServer, type TestServer } from './testing/start-test-server.ts'

let folder: string
let server: TestServer
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'forage-server-'))))
afterEach(async () => {
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

interface Learning {
  readonly digest: string
  readonly counters: Record<string, number>
  readonly partitions: { end: number; applied: number; checkpoint: number }[]
}

const learning = async () => (await server.call<Learning>('GET', '/api/learning')).body
const allApplied = () => expect.poll(async () => (await learning()).partitions.every(({ end, applied }) => end === applied), { timeout: 20_000 }).toBe(true)

async function visit(round: number): Promise<void> {
  const { body } = await server.call<{ decisionId: string }>('POST', '/recommend', { placement: 'shop', userId: `u-${round % 7}`, context: { device: 'mobile' } })
  if (round % 3 > 0) await server.call('POST', '/feedback', { decisionId: body.decisionId, event: 'click', value: round % 2, final: true, feedbackId: `f-${round}` })
}

it.each([1, 4])('goes on after a restart with the same bits, %i partitions', async (partitions) => {
  server = await startTestServer({ dataDir: folder, partitions })
  await server.call('PUT', '/api/placements/shop', shop)
  await server.call('PUT', '/api/placements/shop/items', { items: goods })
  for (let round = 0; round < 30; round++) await visit(round)
  await allApplied()
  const before = await learning()
  const served = (await server.call('GET', '/api/placements/shop/posterior')).body
  await server.close()

  server = await startTestServer({ dataDir: folder, partitions })
  const after = await learning()
  expect(after.digest).toBe(before.digest)
  expect(after.counters).toEqual(before.counters)
  expect(after.partitions.map(({ applied }) => applied)).toEqual(before.partitions.map(({ applied }) => applied))
  expect((await server.call('GET', '/api/placements/shop')).body).toMatchObject({ version: 1 })
  expect((await server.call('GET', '/api/placements/shop/posterior')).body).toMatchObject({ observations: 20, items: (served as { items: unknown }).items })
  for (let round = 30; round < 40; round++) await visit(round)
  await allApplied()
  expect((await learning()).counters['matured']).toBe(26)
})

it('closes under load without losing anything it acknowledged', async () => {
  server = await startTestServer({ dataDir: folder })
  await server.call('PUT', '/api/placements/shop', shop)
  await server.call('PUT', '/api/placements/shop/items', { items: goods })
  const acknowledged = new Set<string>()
  const stopped = new AbortController()
  const visitor = async (name: number) => {
    for (let round = 0; !stopped.signal.aborted; round++) {
      const feedbackId = `f-${name}-${round}`
      try {
        const { body } = await server.call<{ decisionId: string }>('POST', '/recommend', { placement: 'shop' })
        const { status } = await server.call('POST', '/feedback', { decisionId: body.decisionId, event: 'click', final: true, feedbackId })
        if (status === 202) acknowledged.add(feedbackId)
      } catch {
        return // the server is gone
      }
    }
  }
  const visitors = Promise.all(Array.from({ length: 8 }, (_, name) => visitor(name)))
  await expect.poll(() => acknowledged.size, { timeout: 20_000 }).toBeGreaterThan(100)
  const start = performance.now()
  await server.close()
  expect(performance.now() - start).toBeLessThan(8000) // nobody had to be cut off, which happens after 10 seconds
  stopped.abort()
  await visitors

  server = await startTestServer({ dataDir: folder })
  const { log } = server.runtime
  const found = new Set<string>()
  for (const { value } of await log.read(0, 0, { maxRecords: 1e6, maxBytes: 1e9 })) {
    const record = JSON.parse(Buffer.from(value).toString('utf8').split('\n')[0]!) as { kind: string; feedbackId: string }
    if (record.kind === 'feedback') found.add(record.feedbackId)
  }
  expect([...acknowledged].filter((id) => !found.has(id))).toEqual([])
  await allApplied()
  expect((await learning()).counters['matured']).toBe(found.size)
})
