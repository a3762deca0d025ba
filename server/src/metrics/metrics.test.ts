import { LiveReply } from '@forage/contracts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { goods, shop, startTestServer, type TestServer } from '../testing/start-test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  await server.call('PUT', '/api/placements/shop', shop)
  for (let round = 0; round < 3; round++) await server.call('POST', '/recommend', { placement: 'shop', candidates: goods })
  await server.call('POST', '/recommend', { placement: 'nowhere' })
  await server.call('POST', '/feedback', { decisionId: 'x', event: 'click' })
})
afterAll(() => server.close())

it('shows what was counted, in the Prometheus format', async () => {
  const { body, headers } = await server.call<string>('GET', '/metrics')
  expect(headers.get('content-type')).toMatch(/^text\/plain/)
  const value = (series: string) => Number(new RegExp(`^${series.replaceAll(/[{}"$.+]/g, String.raw`\$&`)} (.*)$`, 'm').exec(body)?.[1])
  expect(value('bandit_decisions_total{placement="shop",policy="linear-thompson"}')).toBe(3)
  expect(value('feedback_received_total{outcome="accepted"}')).toBe(1)
  expect(value('bandit_propensity_count')).toBe(3)
  expect(value('http_server_request_duration_seconds_count{http_route="/recommend",http_request_method="POST",http_response_status_code="200"}')).toBe(3)
  expect(value('http_server_request_duration_seconds_count{http_route="/recommend",http_request_method="POST",http_response_status_code="404"}')).toBe(1)
  expect(value('http_server_request_duration_seconds_bucket{http_route="/feedback",http_request_method="POST",http_response_status_code="202",le="+Inf"}')).toBe(1)
  expect(body).toMatch(/^# HELP nodejs_eventloop_lag_seconds /m)
  for (const name of body.matchAll(/^# TYPE (\S+) counter$/gm)) expect(name[1]).toMatch(/_total$/)
})

it('says what is ready and what runs here', async () => {
  expect((await server.call('GET', '/readyz')).body).toEqual({ status: 'ready', log: 'ok', store: 'ok', snapshotAgeSeconds: 0 })
  expect((await server.call('GET', '/livez')).body).toEqual({ status: 'ok' })
  expect((await server.call('GET', '/version')).body).toMatchObject({ name: 'forage', node: process.version })
})

it('streams what happens', async () => {
  const abort = new AbortController()
  const response = await fetch(`${server.url}/api/live`, { signal: abort.signal })
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  const { value } = await response.body!.getReader().read()
  const data = /^data: (.*)$/m.exec(new TextDecoder().decode(value))![1]!
  const live = LiveReply.parse(JSON.parse(data))
  expect(live.placements.map(({ id, policy }) => [id, policy])).toEqual([['shop', 'linear-thompson']])
  abort.abort()
})
