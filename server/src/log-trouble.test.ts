import { ForageError } from '@forage/domain'
import type { EventLog } from '@forage/event-log'
import { createMemoryLog } from '@forage/event-log/memory'
import { createMemoryStore } from '@forage/store/memory'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { goods, shop, startTestServer, type TestServer } from './testing/start-test-server.ts'

let server: TestServer
let append: (real: EventLog['append']) => EventLog['append']

beforeEach(async () => {
  append = (real) => real
  const log = createMemoryLog()
  const real = log.append.bind(log)
  log.append = (...args) => append(real)(...args)
  server = await startTestServer({}, { drivers: { log, store: createMemoryStore() } })
  await server.call('PUT', '/api/placements/shop', shop)
  await server.call('PUT', '/api/placements/careful', { ...shop, decisionDurability: 'acknowledged' })
})
afterEach(async () => {
  append = (real) => real
  await server.close()
})

const recommend = async (placement: string, more: object = {}) => (await server.call('POST', '/recommend', { placement, candidates: goods, ...more })).body
const fail = () => () => Promise.reject(new ForageError('log_unavailable', 'the disk is full'))
const slow = (opened: Promise<void>) => (real: EventLog['append']): EventLog['append'] => async (partition, value, options) => {
  const copy = Uint8Array.from(Buffer.concat(value instanceof Uint8Array ? [value] : [...value])) // as a log must: the caller reuses its buffers
  await opened
  return real(partition, copy, options)
}
const logged = async () => (await server.runtime.log.read(0, 0)).length

it('decides without the log, says so, and is true to its word from the second decision on', async () => {
  append = fail
  expect(await recommend('careful')).toMatchObject({ logged: false, degraded: ['log'] })
  expect(await recommend('shop')).toMatchObject({ logged: false, degraded: ['log'] })
  expect(server.runtime.meter.logFailures).toBe(2)
  const before = await logged()
  append = (real) => real
  let last
  for (let tries = 0; last === undefined || last['logged'] === false; tries++) {
    expect(tries).toBeLessThan(100_000)
    last = await recommend('shop') // until the next one that may try
  }
  expect(last).toMatchObject({ logged: true, degraded: [] })
  expect(await logged()).toBe(before + 1)
  expect(await recommend('shop')).toMatchObject({ logged: true, degraded: [] })
})

it('refuses feedback it cannot keep, and takes it later under the same id', async () => {
  const { decisionId } = await recommend('shop')
  const event = { decisionId, event: 'click', feedbackId: 'f-1' }
  append = fail
  const refused = await server.call('POST', '/feedback', event)
  expect([refused.status, refused.body]).toMatchObject([503, { code: 'log_unavailable' }])
  expect(refused.headers.get('retry-after')).toBe('1')
  append = (real) => real
  expect((await server.call('POST', '/feedback', event)).body).toMatchObject({ results: [{ status: 'accepted' }] })
})

it('does not wait for a slow disk past the deadline', async () => {
  let release = () => {}
  const opened = new Promise<void>((resolve) => (release = resolve))
  append = slow(opened)
  expect(await recommend('careful', { timeoutMs: 20 })).toMatchObject({ logged: true, degraded: ['durability'] })
  expect(await recommend('shop')).toMatchObject({ logged: true, degraded: [] })
  release()
  await expect.poll(logged).toBe(4)
})

it('gives the same answer to a repeated id while the first one is still under way', async () => {
  let release = () => {}
  const opened = new Promise<void>((resolve) => (release = resolve))
  append = slow(opened)
  const first = recommend('careful', { decisionId: 'mine', timeoutMs: 10_000 })
  await expect.poll(() => server.runtime.meter.decisionsTotal).toBe(1)
  const second = recommend('careful', { decisionId: 'mine', timeoutMs: 10_000 })
  release()
  expect({ ...(await second), latencyMs: 0 }).toEqual({ ...(await first), latencyMs: 0 })
  expect(await logged()).toBe(3)
})
