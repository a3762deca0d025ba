import { Problem } from '@forage/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { goods, shop, startTestServer, type TestServer } from '../testing/start-test-server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
  const vector = { ...shop.encoder, fields: [...shop.encoder.fields, { name: 'taste', from: 'item', type: 'vector', length: 3 }] }
  await server.call('PUT', '/api/placements/shop', { ...shop, encoder: vector })
})
afterAll(() => server.close())

const recommend = (more: string) => `{"placement":"shop",${more}}`
const deep = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)

const table: [name: string, method: string, path: string, body: string | undefined, type: string | null, status: number, code: string, field: string | null][] = [
  ['an empty body', 'POST', '/recommend', '', null, 400, 'malformed_json', 'body'],
  ['text', 'POST', '/recommend', 'hello', 'text/plain', 415, 'unsupported_media_type', 'content-type'],
  ['a form', 'POST', '/feedback', 'a=1', 'application/x-www-form-urlencoded', 415, 'unsupported_media_type', 'content-type'],
  ['UTF-16', 'POST', '/recommend', '{}', 'application/json; charset=utf-16', 415, 'unsupported_media_type', 'content-type'],
  ['cut JSON', 'POST', '/recommend', '{"placement":', null, 400, 'malformed_json', 'body'],
  ['an infinite number', 'POST', '/recommend', recommend('"context":{"hour":1e999}'), null, 400, 'invalid_request', 'context.hour'],
  ['__proto__', 'POST', '/recommend', recommend('"__proto__":{"polluted":1}'), null, 400, 'invalid_request', '__proto__'],
  ['__proto__ among features', 'POST', '/recommend', recommend('"context":{"__proto__":{"polluted":1}}'), null, 400, 'invalid_request', 'context.__proto__'],
  ['a candidate twice', 'POST', '/recommend', recommend('"candidates":[{"id":"a"},{"id":"a"}]'), null, 400, 'duplicate_candidate', 'candidates.1.id'],
  ['100,000 levels', 'POST', '/recommend', recommend(`"context":{"a":${deep(100_000)}}`), null, 400, 'invalid_request', 'context'],
  ['10,000 levels', 'POST', '/recommend', recommend(`"context":{"a":${deep(10_000)}}`), null, 400, 'invalid_request', 'context.a.0.0.0'],
  ['an unknown field', 'POST', '/recommend', recommend('"colour":1'), null, 400, 'invalid_request', 'colour'],
  ['a short vector', 'POST', '/recommend', recommend('"candidates":[{"id":"a"},{"id":"b","features":{"taste":[1,2]}}]'), null, 400, 'invalid_feature', 'candidates.1.features.taste'],
  ['a number where a category belongs', 'POST', '/recommend', recommend('"candidates":[{"id":"a"}],"context":{"device":7}'), null, 400, 'invalid_feature', 'context.device'],
  ['1001 candidates', 'POST', '/recommend', recommend(`"candidates":${JSON.stringify(Array.from({ length: 1001 }, (_, index) => ({ id: `i${index}` })))}`), null, 400, 'invalid_request', 'candidates'],
  ['a body past the limit', 'POST', '/recommend', recommend(`"userId":"${'x'.repeat(300_000)}"`), null, 413, 'body_too_large', 'body'],
  ['no candidates at all', 'POST', '/recommend', '{"placement":"shop"}', null, 422, 'no_candidates', 'candidates'],
  ['an unknown placement', 'POST', '/recommend', '{"placement":"constructor"}', null, 404, 'unknown_placement', 'placement'],
  ['feedback without an event', 'POST', '/feedback', '{"decisionId":"a"}', null, 400, 'invalid_request', 'event'],
  ['a bad event in a batch', 'POST', '/feedback', '{"events":[{"decisionId":"a","event":"click"},{"decisionId":"a","event":"no spaces"}]}', null, 400, 'invalid_request', 'events.1.event'],
  ['feedback worth infinity', 'POST', '/feedback', '{"decisionId":"a","event":"click","value":1e999}', null, 400, 'invalid_request', 'value'],
  ['a time that is none', 'POST', '/feedback', '{"decisionId":"a","event":"click","occurredAt":"2026-13-45T00:00:00Z"}', null, 400, 'invalid_request', 'occurredAt'],
  ['a batch that is a list', 'POST', '/feedback', '[]', null, 400, 'invalid_request', 'body'],
  ['an id of 200 characters', 'POST', `/decisions/${'a'.repeat(200)}/activate`, undefined, null, 400, 'invalid_request', 'id'],
  ['a decision nobody made', 'GET', '/decisions/nobody', undefined, null, 404, 'unknown_decision', 'id'],
  ['a path that is not encoded', 'GET', '/decisions/%E0%A4%A', undefined, null, 400, 'invalid_request', 'path'],
  ['a placement name with spaces', 'PUT', '/api/placements/no%20spaces', '{}', null, 400, 'invalid_request', 'id'],
  ['a reward that calls', 'PUT', '/api/placements/x', '{"reward":{"expression":"import(1)"}}', null, 400, 'invalid_reward_expression', 'reward.expression'],
  ['a policy nobody wrote', 'PUT', '/api/placements/x', '{"policy":{"name":"magic"}}', null, 400, 'invalid_request', 'policy.name'],
  ['a field twice in an encoder', 'PUT', '/api/placements/x', '{"encoder":{"kind":"declared","fields":[{"name":"a","from":"item","type":"boolean"},{"name":"a","from":"item","type":"boolean"}]}}', null, 400, 'invalid_spec', 'encoder.fields.1.name'],
  ['hybrid without item fields', 'PUT', '/api/placements/x', '{"policy":{"name":"lin-ucb","model":"hybrid"},"encoder":{"kind":"declared","fields":[]}}', null, 400, 'invalid_policy', 'policy.model'],
  ['an item twice', 'PUT', '/api/placements/shop/items', '{"items":[{"id":"a"},{"id":"a"}]}', null, 400, 'duplicate_candidate', 'items.1.id'],
  ['an item that does not fit', 'PUT', '/api/placements/shop/items', '{"items":[{"id":"a","features":{"price":"much"}}]}', null, 400, 'invalid_feature', 'items.0.features.price'],
  ['items of no placement', 'PUT', '/api/placements/none/items', '{"items":[]}', null, 404, 'unknown_placement', 'placement'],
  ['a position that is none', 'GET', '/api/learning/wait?position=x', undefined, null, 400, 'invalid_request', 'position'],
  ['a partition that is none', 'GET', '/api/learning/wait?position=9:1&timeoutMs=1', undefined, null, 400, 'invalid_request', 'position'],
  ['an unknown address', 'GET', '/nothing/here', undefined, null, 404, 'not_found', 'path'],
  ['a wrong method', 'DELETE', '/recommend', undefined, null, 405, 'method_not_allowed', null],
]

describe('bad input is refused by name and never a 5xx', () => {
  it.each(table)('%s: %s %s', async (_, method, path, body, type, status, code, field) => {
    const answer = await server.call(method, path, body, type === null ? {} : { 'content-type': type })
    expect([answer.status, answer.body]).toMatchObject([status, { code, status }])
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    const { errors } = Problem.parse(answer.body)
    if (field !== null) expect(errors?.map((fault) => fault.field)).toEqual([field])
    expect('polluted' in {}).toBe(false)
  })
})

it('says in Allow what an address answers', async () => {
  const { headers } = await server.call('POST', '/api/placements/shop')
  expect(headers.get('allow')).toBe('GET, PUT, DELETE, HEAD')
})

it('stores nothing of what it refused', async () => {
  expect((await server.call('GET', '/api/placements/x')).status).toBe(404)
  const { body } = await server.call<{ partitions: { end: number }[] }>('GET', '/api/learning')
  expect(body.partitions[0]!.end).toBe(1) // the definition of `shop`
})

it('refuses a change of an older version, and an encoder that does not fit the catalog', async () => {
  await server.call('PUT', '/api/placements/other', shop)
  expect((await server.call('PUT', '/api/placements/other', { ...shop, floor: 0.5 }, { 'if-match': '"7"' })).body).toMatchObject({ code: 'version_conflict' })
  expect((await server.call('PUT', '/api/placements/other', shop, { 'if-none-match': '*' })).body).toMatchObject({ code: 'version_conflict' })
  expect((await server.call('PUT', '/api/placements/other', { ...shop, floor: 0.5 }, { 'if-match': '"1"' })).body).toMatchObject({ version: 2 })
  await server.call('PUT', '/api/placements/other/items', { items: goods })
  const wrong = { ...shop, encoder: { kind: 'declared', fields: [{ name: 'price', from: 'item', type: 'boolean' }] } }
  expect((await server.call('PUT', '/api/placements/other', wrong)).body).toMatchObject({ code: 'invalid_spec', errors: [{ field: 'encoder' }] })
})
