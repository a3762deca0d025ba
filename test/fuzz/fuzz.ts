import http from 'node:http'
import * as fc from 'fast-check'
import { z } from 'zod'
import { CatalogBody, FeedbackBatch, FeedbackEvent, PlacementBody, RecommendBody } from '@forage/contracts'
import { arbitraryFor, dereference, type JsonSchema, type Known } from './arbitrary.ts'
import { nearlyValid } from './hostile.ts'

export interface FuzzReport {
  readonly endpoint: string
  readonly cases: number
  readonly accepted: number
  readonly acceptedOfValid: number
  readonly valid: number
  readonly statuses: Record<string, number>
  readonly faults: string[]
}

interface Endpoint {
  readonly name: string
  readonly method: string
  readonly path: () => string
  readonly schema: z.ZodType | null
  readonly known?: Known
}

const ids = fc.constantFrom('item-1', 'item-2', 'item-3', 'item-4')
const mostly = <T>(usual: fc.Arbitrary<T>, rare: fc.Arbitrary<T>): fc.Arbitrary<T> => fc.oneof({ weight: 9, arbitrary: usual }, { weight: 1, arbitrary: rare })
const strange = fc.oneof(fc.string({ minLength: 1, maxLength: 140 }), fc.constantFrom('../x', '%2e%2e', '__proto__', 'a'.repeat(300)))
const features = fc.dictionary(fc.constantFrom('hour', 'device', 'price', 'x', 'constructor', 'ключ'), fc.oneof(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.string({ maxLength: 20 }), fc.boolean(), fc.constant(null), fc.array(fc.integer({ min: -9, max: 9 }), { maxLength: 4 })), { maxKeys: 4 })
const candidates = fc.uniqueArray(fc.record({ id: ids, features }, { requiredKeys: ['id'] }), { minLength: 1, maxLength: 4, selector: ({ id }) => id })

const fieldNames = ['hour', 'device', 'price', 'constructor', 'ключ', ' ']
const encoders = fc.oneof(
  fc.record({ kind: fc.constant('hashed'), dimension: fc.integer({ min: 8, max: 64 }), interactions: fc.boolean(), intercept: fc.boolean() }, { requiredKeys: ['kind'] }),
  fc.record({
    kind: fc.constant('declared'),
    fields: fc.uniqueArray(fc.record({ name: fc.constantFrom(...fieldNames), from: fc.constantFrom('context', 'item'), type: fc.constantFrom('numeric', 'boolean') }), { maxLength: 5, selector: ({ name }) => name }),
  }),
)

const paths = fc.oneof(fc.string({ maxLength: 140 }), fc.constantFrom('x', '__proto__', '..', '%00', 'a'.repeat(200), '0190aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee-00ff')).map(inPath)

/** The endpoints under test; decision ids are those that were served a moment ago. */
function endpoints(served: () => string): Endpoint[] {
  const decisionId = fc.nat().map(served)
  return [
    { name: 'POST /recommend', method: 'POST', path: () => '/recommend', schema: RecommendBody, known: { placement: mostly(fc.constant('fuzz'), fc.constantFrom('nowhere', 'constructor')), candidates, context: features, decisionId: fc.oneof(fc.constant(null), fc.uuid()), exclude: fc.array(fc.constantFrom('item-9', 'item-1'), { maxLength: 2 }) } },
    { name: 'POST /feedback (one)', method: 'POST', path: () => '/feedback', schema: FeedbackEvent, known: { decisionId, itemId: ids } },
    { name: 'POST /feedback (batch)', method: 'POST', path: () => '/feedback', schema: FeedbackBatch, known: { decisionId, itemId: ids } },
    { name: 'PUT /api/placements/:id', method: 'PUT', path: () => '/api/placements/other', schema: PlacementBody, known: { expression: mostly(fc.constantFrom('click', 'click + 5 * purchase', 'min(1, click)'), fc.constantFrom('import("fs")', 'a = 1', 'f(x)=x', '"a"', 'cos', '1 +', 'constructor')), horizonSeconds: fc.constant(2_000_000), range: fc.constantFrom([0, 1], [-1, 1]), encoder: mostly(encoders, fc.jsonValue()) } },
    { name: 'PUT /api/placements/:id/items', method: 'PUT', path: () => '/api/placements/fuzz/items', schema: CatalogBody, known: { items: candidates } },
    { name: 'POST /decisions/:id/activate', method: 'POST', path: () => `/decisions/${encodeURIComponent(served())}/activate`, schema: null },
    { name: 'GET /decisions/:id', method: 'GET', path: () => `/decisions/${fc.sample(paths, 1)[0]!}`, schema: null },
    { name: 'GET /api/learning/wait', method: 'GET', path: () => `/api/learning/wait?position=${inPath(fc.sample(mostly(fc.constantFrom('0:0', '0:1', '0:999999'), strange), 1)[0]!)}&timeoutMs=1`, schema: null },
  ]
}

function inPath(text: string): string {
  try {
    return encodeURIComponent(text)
  } catch {
    return 'x' // a lone surrogate has no URI form
  }
}

const agent = new http.Agent({ keepAlive: true, maxSockets: 8 })

/** One request; `headers` may lie. Resolves with status, type and text. */
export function send(url: string, method: string, path: string, body: string | null, headers: Record<string, string> = {}): Promise<{ status: number; type: string; text: string }> {
  return new Promise((resolve, reject) => {
    const request = http.request(url + path, { method, agent, headers: { ...(body === null ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }), ...headers } }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', text: Buffer.concat(chunks).toString('utf8') }))
    })
    request.on('error', reject)
    request.end(body ?? undefined)
  })
}

/**
 * Sends `cases` generated requests to every endpoint of a running server (which needs a placement `fuzz`). A fault is a 5xx, a broken
 * connection, a refusal that is not problem+json, a 400 that names no field, or a changed prototype (when the server shares our process).
 */
export async function fuzz(url: string, { cases, seed, only }: { cases: number; seed: number; only?: string }): Promise<FuzzReport[]> {
  const served: string[] = []
  const serve = async () => {
    const answer = await send(url, 'POST', '/recommend', JSON.stringify({ placement: 'fuzz', candidates: [{ id: 'item-1' }, { id: 'item-2' }] }))
    served.push((JSON.parse(answer.text) as { decisionId: string }).decisionId)
  }
  for (let index = 0; index < 20; index++) await serve()
  let turn = 0
  const reports: FuzzReport[] = []
  for (const endpoint of endpoints(() => served[turn++ % served.length]!)) {
    if (only !== undefined && !endpoint.name.includes(only)) continue
    reports.push(await fuzzEndpoint(url, endpoint, cases, seed))
  }
  return reports
}

async function fuzzEndpoint(url: string, endpoint: Endpoint, cases: number, seed: number): Promise<FuzzReport> {
  const schema = endpoint.schema === null ? null : dereference(z.toJSONSchema(endpoint.schema, { io: 'input' }) as JsonSchema)
  const bodies = schema === null ? null : fc.sample(nearlyValid(arbitraryFor(schema, endpoint.known)), { numRuns: cases, seed })
  const statuses: Record<string, number> = {}
  const faults: string[] = []
  let [accepted, acceptedOfValid, valid] = [0, 0, 0]
  const one = async (index: number) => {
    const body = bodies?.[index] ?? null
    const path = endpoint.path()
    const answer = await send(url, endpoint.method, path, body?.text ?? null).catch((error: unknown) => ({ status: 0, type: '', text: String(error) }))
    statuses[answer.status] = (statuses[answer.status] ?? 0) + 1
    const ok = answer.status >= 200 && answer.status < 300
    if (ok) accepted += 1
    if (body?.spoiled === false) {
      valid += 1
      if (ok) acceptedOfValid += 1
    }
    const fault = faultOf(answer)
    if (fault !== null && faults.length < 20) faults.push(`${fault}: ${endpoint.method} ${path} ${body?.text.slice(0, 300) ?? ''} → ${answer.status} ${answer.text.slice(0, 300)}`)
  }
  const WIDTH = 8
  for (let index = 0; index < cases; index += WIDTH) await Promise.all(Array.from({ length: Math.min(WIDTH, cases - index) }, (_, offset) => one(index + offset)))
  return { endpoint: endpoint.name, cases, accepted, acceptedOfValid, valid, statuses, faults }
}

function faultOf({ status, type, text }: { status: number; type: string; text: string }): string | null {
  if (status === 0) return 'no answer'
  if (status >= 500 && status !== 504) return 'server error'
  if ('polluted' in {} || Object.keys(Object.prototype).length > 0) return 'prototype changed'
  if (status < 400) return null
  if (!type.startsWith('application/problem+json')) return 'not problem+json'
  const problem = JSON.parse(text) as { code?: string; errors?: { field: string }[] }
  if (typeof problem.code !== 'string') return 'no code'
  const namesNoField = ['malformed_json', 'body_too_large']
  if (status === 400 && !namesNoField.includes(problem.code) && !(problem.errors && problem.errors.length > 0)) return 'names no field'
  return null
}
