import { Problem } from '@forage/contracts'
import { z } from 'zod'
import { routes, type Route } from './routes-table.ts'

type Json = Record<string, unknown>

const sentences: Readonly<Record<number, string>> = { 200: 'OK', 201: 'Created', 202: 'Accepted: durable in the log', 204: 'Done', 503: 'Not now' }
const media = (schema: unknown, type = 'application/json'): Json => ({ content: { [type]: { schema } } })

/** The OpenAPI 3.1 description of `routes`. Shapes with an id become components. */
export function openapiDocument(version: string): Json {
  const schemas: Json = {}
  const paths: Record<string, Json> = {}
  for (const [operationId, route] of Object.entries(routes) as [string, Route][]) {
    paths[route.path] ??= {}
    paths[route.path]![route.method] = operation(operationId, route, schemas)
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Forage', version, description: 'Decides what to show, learns from what happens.', license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: '/' }],
    paths,
    components: { schemas },
  }
}

function operation(operationId: string, route: Route, schemas: Json): Json {
  const parameters = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string' } }))
  const responses: Json = {}
  for (const [status, reply] of Object.entries(route.replies)) {
    const description = sentences[Number(status)] ?? 'OK'
    if (reply === null) responses[status] = { description }
    else if (typeof reply === 'string') responses[status] = { description, ...media({ type: 'string' }, reply) }
    else responses[status] = { description, ...media(component(reply, 'output', schemas), operationId === 'live' ? 'text/event-stream' : 'application/json') }
  }
  const problem = component(Problem, 'output', schemas)
  for (const status of route.refusals ?? []) responses[status] ??= { description: 'Refused', ...media(problem, 'application/problem+json') }
  responses['default'] = { description: 'A defect', ...media(problem, 'application/problem+json') }
  return {
    operationId,
    tags: [route.tag],
    summary: route.summary,
    ...(parameters.length > 0 || route.query ? { parameters: [...parameters, ...queryParameters(route.query)] } : {}),
    ...(route.body ? { requestBody: { required: true, ...media(component(route.body, 'input', schemas)) } } : {}),
    responses,
  }
}

function queryParameters(query: z.ZodObject | undefined): Json[] {
  if (query === undefined) return []
  const { properties = {}, required = [] } = z.toJSONSchema(query, { io: 'input', reused: 'inline', unrepresentable: 'any' }) as { properties?: Json; required?: string[] }
  const flat = properties as Record<string, Json>
  return Object.entries(flat).map(([name, schema]) => ({ name, in: 'query', required: required.includes(name), schema }))
}

/** Puts shapes with an id under `components` and refers to them there. */
function component(schema: z.ZodType, io: 'input' | 'output', schemas: Json): Json {
  const { $schema: _, $defs = {}, ...rest } = z.toJSONSchema(schema, { io, reused: 'inline', unrepresentable: 'any' }) as Json & { $defs?: Record<string, unknown> }
  const text = JSON.stringify({ rest, defs: $defs }).replaceAll('"#/$defs/', '"#/components/schemas/')
  const moved = JSON.parse(text) as { rest: Json; defs: Json }
  for (const [id, definition] of Object.entries(moved.defs)) schemas[id] ??= definition
  return moved.rest
}
