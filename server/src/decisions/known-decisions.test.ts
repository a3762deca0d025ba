import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ForageError } from '@forage/domain'
import type { EventLog } from '@forage/event-log'
import { createMemoryLog } from '@forage/event-log/memory'
import { openSpool } from '@forage/event-log/spool'
import type { Store } from '@forage/store'
import { createMemoryStore } from '@forage/store/memory'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { goods, shop, startTestServer, type TestServer } from '../testing/start-test-server.ts'

let folder: string
let server: TestServer
let log: EventLog
let store: Store

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'forage-known-'))
  log = createMemoryLog()
  store = createMemoryStore()
  // as in a fleet: nothing but the store's cache knows clients' ids
  log.find = () => Promise.reject(new Error('is not asked'))
  server = await startTestServer({}, { drivers: { log, store, spool: openSpool({ path: join(folder, 'spool') }) } })
  log.find = () => Promise.resolve(null)
  await server.call('PUT', '/api/placements/shop', { ...shop, policy: { name: 'uniform' } })
})
afterEach(async () => {
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

const recommend = async (decisionId: string, more: object = {}) => (await server.call('POST', '/recommend', { placement: 'shop', candidates: goods, decisionId, timeoutMs: 2000, ...more })).body
const decisions = async () => (await log.read(0, 0)).filter(({ value }) => Buffer.from(value).includes('"kind":"decision"')).length
const away = () => Promise.reject(new ForageError('store_unavailable', 'no connection'))

it('tells the other processes before it answers, and repeats what they were told', async () => {
  const first = await recommend('mine')
  expect(first).toMatchObject({ logged: true, degraded: [] })
  expect(Buffer.from((await store.cache.get('decision/mine'))!).toString()).toMatch(/^0:\d+$/)
  expect({ ...(await recommend('mine')), latencyMs: 0 }).toEqual({ ...first, latencyMs: 0 })
  expect(await decisions()).toBe(1)
  expect((await recommend('mine', { count: 2 }))['code']).toBe('decision_conflict')
  expect((await server.call('GET', '/decisions/mine')).body).toMatchObject({ decisionId: 'mine', slate: [{ id: (first['items'] as { id: string }[])[0]!.id }] })
})

it('answers without the store, and says so', async () => {
  const { get, set } = store.cache
  Object.assign(store.cache, { get: away, set: away })
  expect(await recommend('mine')).toMatchObject({ logged: true, degraded: ['store'] })
  Object.assign(store.cache, { get, set: away })
  expect(await recommend('other')).toMatchObject({ logged: true, degraded: ['store'] })
  await expect.poll(() => server.runtime.meter.storeFailures).toBe(3)
  Object.assign(store.cache, { set })
  expect(await recommend('third')).toMatchObject({ logged: true, degraded: [] })
})

it('answers when the decision it knows of cannot be read, and does not log a second one', async () => {
  await recommend('mine')
  const read = log.read.bind(log)
  log.read = () => Promise.reject(new ForageError('log_unavailable', 'no'))
  expect(await recommend('mine')).toMatchObject({ logged: false, degraded: ['log'] })
  log.read = read
  expect(await decisions()).toBe(1)
})

it('is not deceived by a position of another decision', async () => {
  await recommend('mine')
  await store.cache.set('decision/yours', (await store.cache.get('decision/mine'))!, 1000)
  expect(await recommend('yours')).toMatchObject({ decisionId: 'yours', logged: true })
  expect(await decisions()).toBe(2)
})

it('keeps feedback and activations while the log is away, and brings them into it', async () => {
  const append = log.append.bind(log)
  log.append = () => Promise.reject(new ForageError('log_unavailable', 'no'))
  expect(await recommend('mine')).toMatchObject({ logged: false, degraded: ['log'] })
  const feedback = await server.call('POST', '/feedback', { events: [{ decisionId: 'mine', event: 'click', feedbackId: 'f' }, { decisionId: 'mine', event: 'click', feedbackId: 'f' }] })
  expect([feedback.status, feedback.body]).toMatchObject([202, { results: [{ status: 'accepted', spooled: true }, { status: 'duplicate', spooled: true }] }])
  const activation = await server.call('POST', '/decisions/mine/activate')
  expect([activation.status, activation.body]).toEqual([202, { decisionId: 'mine', spooled: true }])
  const { body } = await server.call<string>('GET', '/metrics')
  expect(body).toMatch(/^feedback_spool_records 2$/m)
  expect(body).toMatch(/^event_log_away_partitions 1$/m)
  log.append = append
  await expect.poll(() => server.runtime.spool!.records, { timeout: 5000 }).toBe(0)
  expect((await log.read(0, 0)).map(({ value }) => /"kind":"(\w+)"/.exec(Buffer.from(value).toString())![1]).slice(-2)).toEqual(['feedback', 'activation'])
})
