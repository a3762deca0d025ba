import { DecisionReply } from '@forage/contracts'
import { afterEach, describe, expect, it } from 'vitest'
import { goods, shop, startTestServer, type TestServer } from '../testing/start-test-server.ts'

let server: TestServer
afterEach(() => server.close())

const policies = [
  { name: 'linear-thompson' }, { name: 'linear-thompson', model: 'disjoint', noise: 'known' }, { name: 'lin-ucb', model: 'hybrid', alpha: 0.5 }, { name: 'lin-ucb', model: 'disjoint' },
  { name: 'greedy', initialPulls: 2 }, { name: 'epsilon-greedy' }, { name: 'softmax' }, { name: 'square-cb' }, { name: 'uniform' }, { name: 'beta-thompson' }, { name: 'ucb1' }, { name: 'popular' }, { name: 'fixed-order' },
]

const decision = async (id: string) => DecisionReply.parse((await server.call('GET', `/decisions/${id}`)).body)

describe('every decision comes out again, bit for bit', () => {
  it.each([
    ['one partition', 1, null],
    ['three partitions', 3, null],
    ['three partitions, forgetting', 3, 30],
  ] as const)('%s, whatever the policy', async (_, partitions, halfLifeSeconds) => {
    let time = 1_764_000_000_000
    server = await startTestServer({ partitions }, { now: () => (time += 137) })
    for (const [index, policy] of policies.entries()) {
      expect((await server.call('PUT', `/api/placements/p${index}`, { ...shop, policy, halfLifeSeconds })).status).toBe(201)
      await server.call('PUT', `/api/placements/p${index}/items`, { items: goods })
    }
    const ids: string[] = []
    for (let round = 0; round < 8 * policies.length; round++) {
      const body = { placement: `p${round % policies.length}`, userId: `u-${round % 11}`, context: { device: round % 2 ? 'mobile' : 'desktop' }, count: 1 + (round % 2), ...(round % 3 ? {} : { candidates: goods.slice(round % 2) }) }
      const { decisionId } = (await server.call<{ decisionId: string }>('POST', '/recommend', body)).body
      ids.push(decisionId)
      const { results } = (await server.call<{ results: { position: string }[] }>('POST', '/feedback', { decisionId, event: 'click', value: round % 4 === 0 ? 1 : 0, final: true })).body
      await server.call('GET', `/api/learning/wait?position=${results[0]!.position}`)
    }
    const found = await Promise.all(ids.map(decision))
    expect(found.filter(({ explanation }) => explanation?.verified !== true).map(({ policy, explanation }) => [policy, explanation])).toEqual([])
    // forgetting makes a snapshot with every record that passes: more than are kept
    if (halfLifeSeconds === null) expect(new Set(found.map(({ explanation }) => explanation!.basis))).toEqual(new Set(['snapshot']))
    // a second version has no snapshots of the first in memory: the log is folded again
    for (const [index, policy] of policies.entries()) await server.call('PUT', `/api/placements/p${index}`, { ...shop, policy, halfLifeSeconds, floor: 0.3 })
    const again = await Promise.all(ids.slice(-2 * policies.length).map(decision))
    expect(again.filter(({ explanation }) => explanation?.verified !== true || explanation.basis !== 'replay').map(({ policy, explanation }) => [policy, explanation])).toEqual([])
    for (const { explanation } of again) expect(explanation!.candidates.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 9)
  })

  it('and a changed record would be noticed', async () => {
    server = await startTestServer()
    await server.call('PUT', '/api/placements/shop', shop)
    const { decisionId } = (await server.call<{ decisionId: string }>('POST', '/recommend', { placement: 'shop', candidates: goods })).body
    const { log } = server.runtime
    const read = log.read.bind(log)
    const change = (from: string | RegExp, to: string) => {
      log.read = async (...args) => (await read(...args)).map((record) => ({ ...record, value: Buffer.from(Buffer.from(record.value).toString('utf8').replace(from, to)) }))
    }
    expect((await decision(decisionId)).explanation).toMatchObject({ verified: true })
    change('"price":60', '"price":90')
    expect((await decision(decisionId)).explanation).toMatchObject({ verified: false })
    change(/"p":0\.\d/, '"p":0.9')
    expect((await decision(decisionId)).explanation).toMatchObject({ verified: false })
  })
})
