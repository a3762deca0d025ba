import { createMemoryLog } from '@forage/event-log/memory'
import { createMemoryStore } from '@forage/store/memory'
import { afterEach, expect, it } from 'vitest'
import { catalogFrom } from '../cli/data-folder.ts'
import { goods, shop, startTestServer, type TestServer } from '../testing/start-test-server.ts'
import { auditDecisions } from './audit-decisions.ts'

const servers: TestServer[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})

const placements = {
  shared: shop,
  hybrid: { ...shop, policy: { name: 'lin-ucb', model: 'hybrid', alpha: 0.5 }, floor: 0.1 },
  forgetting: { ...shop, policy: { name: 'epsilon-greedy', model: 'disjoint' }, halfLifeSeconds: 30 },
  counts: { ...shop, policy: { name: 'ucb1' }, floor: 0.3 },
}

it('recomputes slates, catalogs of several versions, exclusions, and forgetting as time goes by', async () => {
  let time = 1_700_000_000_000
  const now = () => (time += 250)
  const [log, store] = [createMemoryLog({ partitions: 2, now }), createMemoryStore()]
  const server = await startTestServer({ partitions: 2, snapshotIntervalMs: 0 }, { drivers: { log, store }, now })
  servers.push(server)
  for (const [id, body] of Object.entries(placements)) expect((await server.call('PUT', `/api/placements/${id}`, body)).status).toBe(201)
  let decided = 0
  for (const items of [goods, [...goods, { id: 'clutch', features: { category: 'bags', price: 80 } }]]) {
    for (const id of Object.keys(placements)) await server.call('PUT', `/api/placements/${id}/items`, { items })
    for (let round = 0; round < 24; round++)
      for (const placement of Object.keys(placements)) {
        const context = { device: round % 2 === 0 ? 'mobile' : 'desktop' }
        const variant = [{}, { exclude: ['boot'] }, { candidates: [{ id: 'tote' }, { id: 'new', features: { price: 10 } }] }][round % 3]!
        const { status, body } = await server.call<{ decisionId: string; items: { id: string }[] }>('POST', '/recommend', { placement, context, count: 1 + (round % 2), ...variant })
        expect(status).toBe(200)
        decided += 1
        await server.call('POST', '/feedback', { decisionId: body.decisionId, itemId: body.items[0]!.id, event: 'click', value: round % 2, final: true })
      }
  }
  const report = await auditDecisions({ log, catalog: catalogFrom(store) })
  expect(report).toMatchObject({ decisions: decided, verified: decided, mismatches: 0, examples: [], ok: true })
  expect(report.snapshots).toBeGreaterThan(20)
})
