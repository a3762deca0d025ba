import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../testing/start-test-server.ts'
import { openapiDocument } from './openapi.ts'
import { routes } from './routes-table.ts'

let server: TestServer
beforeAll(async () => void (server = await startTestServer()))
afterAll(() => server.close())

interface Operation {
  readonly operationId: string
  readonly requestBody?: unknown
}

it('describes exactly the addresses there are, and each answers', async () => {
  const { body } = await server.call<{ paths: Record<string, Record<string, Operation>> }>('GET', '/openapi.json')
  const described = Object.entries(body.paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`))
  expect(described.toSorted()).toEqual(Object.values(routes).map(({ method, path }) => `${method} ${path}`).toSorted())
  for (const { method, path } of Object.values(routes).filter((route) => route !== routes.live)) {
    const { status, body: answer } = await server.call<{ code?: string }>(method.toUpperCase(), path.replace('{id}', 'nobody'))
    expect([path, status === 404 ? answer.code : 'answered']).not.toEqual([path, 'not_found'])
  }
})

it('refers only to shapes it has', () => {
  const document = openapiDocument('1.2.3')
  const text = JSON.stringify(document)
  const { schemas } = document['components'] as { schemas: Record<string, unknown> }
  const referred = new Set([...text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name!))
  expect([...referred].filter((name) => !(name in schemas))).toEqual([])
  expect([...referred].toSorted()).toContain('RecommendBody')
  expect(text).not.toContain('#/$defs')
})
