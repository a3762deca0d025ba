import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { recommendAndLearn } from './examples/recommend-and-learn.ts'
import { createClient, type ClientOptions } from './client.ts'

interface Seen {
  readonly line: string
  readonly body: Record<string, unknown>
  readonly headers: IncomingMessage['headers']
}
type Answer = (seen: Seen, response: ServerResponse) => void

const closers: (() => void)[] = []
afterEach(() => closers.splice(0).forEach((close) => close()))

/** A server that answers from a list, the last answer for ever, and remembers what it was asked. */
async function stub(...answers: Answer[]) {
  const seen: Seen[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString()
      const call = { line: `${request.method} ${request.url}`, body: JSON.parse(text || '{}') as Record<string, unknown>, headers: request.headers }
      seen.push(call)
      answers[Math.min(seen.length, answers.length) - 1]!(call, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const client = (options: Partial<ClientOptions> = {}) => createClient({ url, random: () => 0, ...options })
  return { client, seen }
}

const json = (status: number, body: unknown, headers: Record<string, string> = {}): Answer => (_, response) => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}
const hangUp: Answer = (_, response) => void response.socket?.destroy()
const problem = (status: number, code: string, errors?: unknown) => json(status, { type: 'about:blank', title: 't', status, code, detail: `says ${code}`, errors })

it('repeats the same call, with the same id, after a lost answer, a 503 and a 429', async () => {
  const { client, seen } = await stub(hangUp, problem(503, 'overloaded'), problem(429, 'overloaded'), json(200, { decisionId: 'd' }))
  expect(await client().recommend({ placement: 'home' })).toEqual({ decisionId: 'd' })
  expect(seen).toHaveLength(4)
  expect(new Set(seen.map(({ body }) => body['decisionId'])).size).toBe(1)
  expect(seen[0]!.body['decisionId']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})

it('keeps the ids it was given', async () => {
  const { client, seen } = await stub(json(200, { results: [{ status: 'accepted' }] }))
  await client().feedback({ decisionId: 'd', event: 'click', feedbackId: 'mine' })
  await client().recommend({ placement: 'home', decisionId: 'also-mine' })
  expect(seen.map(({ body }) => body['feedbackId'] ?? body['decisionId'])).toEqual(['mine', 'also-mine'])
})

it('gives each event of a batch its own id and cuts long batches', async () => {
  const { client, seen } = await stub((call, response) => json(202, { results: call.body['events'] })(call, response))
  const results = await client().feedback(Array.from({ length: 1001 }, (_, index) => ({ decisionId: `d${index}`, event: 'click' })))
  expect(seen.map(({ body }) => (body['events'] as unknown[]).length)).toEqual([1000, 1])
  expect(results.map(({ decisionId }) => decisionId)).toEqual(Array.from({ length: 1001 }, (_, index) => `d${index}`))
  expect(new Set(results.map(({ feedbackId }) => feedbackId)).size).toBe(1001)
})

it('does not repeat what was refused, and says which field', async () => {
  const { client, seen } = await stub(problem(400, 'invalid_request', [{ field: 'count', message: 'must be >= 1' }]))
  const refused = client().recommend({ placement: 'home', count: 0 })
  await expect(refused).rejects.toMatchObject({ name: 'ForageApiError', status: 400, code: 'invalid_request', errors: [{ field: 'count' }] })
  await expect(refused).rejects.toThrow('says invalid_request (count: must be >= 1)')
  expect(seen).toHaveLength(1)
})

it('gives up after its retries, and earlier when the budget is gone', async () => {
  const { client, seen } = await stub(problem(503, 'overloaded'))
  await expect(client({ retries: 2 }).learning()).rejects.toMatchObject({ status: 503, code: 'overloaded' })
  expect(seen).toHaveLength(3)
  await expect(client({ retries: 5, retryBudget: 1 }).learning()).rejects.toMatchObject({ status: 503 })
  expect(seen).toHaveLength(5)
})

it('makes a conditional write once only', async () => {
  const { client, seen } = await stub(problem(503, 'overloaded'))
  await expect(client().putPlacement('home', {}, { expectedVersion: 3 })).rejects.toMatchObject({ status: 503 })
  expect(seen.map(({ line, headers }) => [line, headers['if-match']])).toEqual([['PUT /api/placements/home', '"3"']])
})

it('bounds a try by its timeout and a call by its signal', async () => {
  const silent: Answer = () => {}
  const { client } = await stub(silent)
  await expect(client({ timeoutMs: 20, retries: 0 }).learning()).rejects.toMatchObject({ status: 0, code: 'timeout' })
  const stop = new AbortController()
  const call = client().learning({ signal: stop.signal })
  stop.abort()
  await expect(call).rejects.toMatchObject({ status: 0, code: 'aborted' })
})

it('stops waiting between tries when it is aborted', async () => {
  const stop = new AbortController()
  const { client } = await stub((call, response) => {
    problem(503, 'overloaded')(call, response)
    setImmediate(() => stop.abort())
  })
  const call = client({ random: () => 1, backoffMs: 1e6, maxBackoffMs: 1e6 }).learning({ signal: stop.signal })
  await expect(call).rejects.toMatchObject({ code: 'aborted' })
})

it('says who cannot be reached and what a proxy answered', async () => {
  const nobody = createClient({ url: 'http://127.0.0.1:1', retries: 0 })
  await expect(nobody.learning()).rejects.toMatchObject({ status: 0, code: 'unreachable', message: expect.stringContaining('127.0.0.1:1/api/learning') })
  const { client } = await stub((_, response) => void response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>no</h1>'))
  await expect(client().learning()).rejects.toMatchObject({ status: 404, code: 'http_404' })
})

it('asks each address of the wire', async () => {
  const { client, seen } = await stub(json(200, {}))
  const forage = client()
  await forage.activate('a/b')
  await forage.decision('a/b')
  await forage.placement('home')
  await forage.putItems('home', [{ id: 'sku' }])
  await forage.items('home')
  await forage.posterior('home')
  await forage.waitLearned('0:12', { waitMs: 500 })
  expect(seen.map(({ line }) => line)).toEqual([
    'POST /decisions/a%2Fb/activate',
    'GET /decisions/a%2Fb',
    'GET /api/placements/home',
    'PUT /api/placements/home/items',
    'GET /api/placements/home/items',
    'GET /api/placements/home/posterior',
    'GET /api/learning/wait?position=0%3A12&timeoutMs=500',
  ])
})

it('runs the example', async () => {
  const answers: [string, unknown][] = [
    ['/recommend', { decisionId: 'd', items: [{ id: 'shoes', position: 1, propensity: 0.5, score: 0 }] }],
    ['/feedback', { results: [{ decisionId: 'd', feedbackId: 'f', status: 'accepted', position: '0:3' }] }],
  ]
  const { client, seen } = await stub((call, response) => json(200, answers.find(([path]) => call.line.endsWith(path))?.[1] ?? {})(call, response))
  expect(await recommendAndLearn(client())).toBe('showed shoes with probability 0.500: feedback accepted')
  expect(seen.map(({ line }) => line.split('?')[0])).toEqual(['PUT /api/placements/example-home', 'POST /recommend', 'POST /feedback', 'GET /api/learning/wait'])
})
