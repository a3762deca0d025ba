import { DecisionReply, FeedbackReply, LearningReply, PosteriorReply, RecommendReply } from '@forage/contracts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { goods, shop, startTestServer, type TestServer } from './testing/start-test-server.ts'

let server: TestServer
const { call } = { call: <T>(...args: Parameters<TestServer['call']>) => server.call<T>(...args) }

const recommend = async (more: object = {}) => RecommendReply.parse((await call('POST', '/recommend', { placement: 'shop', context: { device: 'mobile' }, ...more })).body)
const feedback = async (...events: object[]) => FeedbackReply.parse((await call('POST', '/feedback', { events })).body).results
const learned = async (position: string | undefined) => (await call<{ learned: boolean }>('GET', `/api/learning/wait?position=${position}&timeoutMs=5000`)).body.learned
const decision = async (id: string) => DecisionReply.parse((await call('GET', `/decisions/${encodeURIComponent(id)}`)).body)

beforeEach(async () => {
  server = await startTestServer()
  expect((await call('PUT', '/api/placements/shop', shop)).status).toBe(201)
  expect((await call('PUT', '/api/placements/shop/items', { items: goods })).status).toBe(200)
})
afterEach(() => server.close())

describe('recommend → log → learn → snapshot', () => {
  it('explores from the prior, then serves what feedback taught', async () => {
    const first = await recommend({ count: 3 })
    expect(first.items.map(({ id }) => id).toSorted()).toEqual(['boot', 'sneaker', 'tote'])
    expect(first).toMatchObject({ snapshotVersion: '', logged: true, degraded: [], policy: 'linear-thompson' })
    let last: string | undefined
    for (let round = 0; round < 60; round++) {
      const { decisionId, items } = await recommend()
      const [result] = await feedback({ decisionId, event: 'purchase', value: items[0]!.id === 'tote' ? 1 : 0, final: true, feedbackId: `f-${round}` })
      last = result!.position
    }
    expect(await learned(last)).toBe(true)
    const later = await recommend({ explain: true })
    expect(later.snapshotVersion).toMatch(/^0:\d+$/)
    const probability = new Map(later.explanation!.map(({ id, probability }) => [id, probability]))
    expect(probability.get('tote')).toBeGreaterThan(0.9)
    const posterior = PosteriorReply.parse((await call('GET', '/api/placements/shop/posterior')).body)
    expect(posterior.observations).toBe(60)
    expect(posterior.items.find(({ id }) => id === 'tote')?.meanReward).toBe(5)
    const { digest, partitions, counters } = LearningReply.parse((await call('GET', '/api/learning')).body)
    expect(digest).toMatch(/^[0-9a-f]{64}$/)
    expect(partitions[0]!.applied).toBe(partitions[0]!.end)
    expect(counters['matured']).toBe(60)
  })

  it('says how a decision was made and proves it, from memory and from the log', async () => {
    for (let round = 0; round < 5; round++) {
      const { decisionId } = await recommend()
      const [result] = await feedback({ decisionId, event: 'click', final: true })
      await learned(result!.position)
    }
    const { decisionId } = await recommend({ count: 2, exclude: ['boot'] })
    const fresh = await decision(decisionId)
    expect(fresh.explanation).toMatchObject({ basis: 'snapshot', verified: true })
    expect(fresh.explanation!.candidates.map(({ id }) => id)).toEqual(['sneaker', 'tote'])
    expect(fresh.explanation!.candidates[0]!.contributions!.map(({ feature }) => feature)).toContain('intercept')
    // a new version of the placement forgets the snapshots in memory
    await call('PUT', '/api/placements/shop', { ...shop, floor: 0.1 })
    const old = await decision(decisionId)
    expect(old.explanation).toMatchObject({ basis: 'replay', verified: true, candidates: fresh.explanation!.candidates })
  })

  it('keeps the posterior when a change leaves the model what it is, and starts anew when not', async () => {
    const { decisionId } = await recommend()
    const [result] = await feedback({ decisionId, event: 'click', final: true })
    await learned(result!.position)
    await call('PUT', '/api/placements/shop', { ...shop, floor: 0.1 })
    expect((await recommend()).snapshotVersion).not.toBe('')
    await call('PUT', '/api/placements/shop', { ...shop, policy: { name: 'lin-ucb' } })
    expect((await recommend()).snapshotVersion).toBe('')
  })
})

describe('candidates', () => {
  it('come from the request, the catalog, or both', async () => {
    const inline = await recommend({ candidates: [{ id: 'new', features: { category: 'bags', price: 10 } }, { id: 'tote' }, { id: 'unknown' }], count: 3 })
    expect(inline.items).toHaveLength(3)
    expect((await decision(inline.decisionId)).explanation).toMatchObject({ verified: true })
  })

  it('changed in the catalog leave old decisions provable', async () => {
    const { decisionId } = await recommend()
    await call('PUT', '/api/placements/shop/items', { items: [{ id: 'hat', features: { category: 'bags', price: 15 } }] })
    expect((await recommend()).items[0]!.id).toBe('hat')
    expect((await decision(decisionId)).explanation).toMatchObject({ verified: true })
  })

  it('all excluded are an error of their own', async () => {
    const { status, body } = await call('POST', '/recommend', { placement: 'shop', exclude: goods.map(({ id }) => id) })
    expect([status, body]).toMatchObject([422, { code: 'no_candidates' }])
  })
})

describe('ids given by the client', () => {
  it('get the same decision again, at once and later', async () => {
    const body = { decisionId: 'order-17', count: 2 }
    const [a, b] = await Promise.all([recommend(body), recommend(body)])
    const later = await recommend({ ...body, timeoutMs: 99 })
    const bare = (reply: RecommendReply) => ({ ...reply, latencyMs: 0 })
    expect(bare(b)).toEqual(bare(a))
    expect(bare(later)).toEqual(bare(a))
    expect((await decision('order-17')).explanation).toMatchObject({ verified: true })
  })

  it('cannot be used for another request', async () => {
    await recommend({ decisionId: 'order-18' })
    const { status, body } = await call('POST', '/recommend', { placement: 'shop', decisionId: 'order-18', count: 2 })
    expect([status, body]).toMatchObject([409, { code: 'decision_conflict' }])
  })
})

describe('feedback', () => {
  it('sent again is a duplicate; with other content it is refused', async () => {
    const { decisionId } = await recommend()
    const event = { decisionId, event: 'click', feedbackId: 'f-1' }
    const results = await feedback(event, event, { ...event, value: 2 })
    expect(results.map(({ status }) => status)).toEqual(['accepted', 'duplicate', 'rejected'])
    expect(results[2]!.reason).toBe('feedback_conflict')
    expect(results[1]!.position).toBe(results[0]!.position)
  })

  it('for a decision that was deferred counts only once it is activated', async () => {
    const shown = await recommend({ deferActivation: true })
    const dropped = await recommend({ deferActivation: true })
    const { status, body } = await call<{ position: string }>('POST', `/decisions/${shown.decisionId}/activate`)
    expect(status).toBe(202)
    await learned(body.position)
    const results = await feedback({ decisionId: shown.decisionId, event: 'click', final: true }, { decisionId: dropped.decisionId, event: 'click', final: true })
    await learned(results[1]!.position)
    expect(PosteriorReply.parse((await call('GET', '/api/placements/shop/posterior')).body).observations).toBe(1)
  })

  it('that never comes gives the default reward at the end of the window, with nothing else going on', async () => {
    await call('PUT', '/api/placements/quick', { ...shop, reward: { ...shop.reward, windowSeconds: 0.05 } })
    await call('POST', '/recommend', { placement: 'quick', candidates: goods })
    await expect.poll(async () => PosteriorReply.parse((await call('GET', '/api/placements/quick/posterior')).body).observations, { timeout: 5000 }).toBe(1)
  })
})
