import { CatalogBody, FeedbackEvent, PlacementBody, RecommendBody, WaitQuery } from '@forage/contracts'
import { expect, it } from 'vitest'
import { z } from 'zod'

const { curlOf, fieldsOf, objectsOf, typeOf } = await import(new URL('../../assets/schema.js', import.meta.url).href)
const { bodies, queries } = await import(new URL('../../assets/examples.js', import.meta.url).href)

const documentOf = (type: z.ZodType) => z.toJSONSchema(type, { io: 'input', unrepresentable: 'any' })
const fields = (type: z.ZodType) => {
  const document = documentOf(type)
  return fieldsOf(objectsOf(document, document)[0].schema, document) as { name: string; type: string; required: boolean; rules: string[]; objects: { name: string }[] }[]
}

it('gives examples that the wire accepts', () => {
  for (const [name, type] of Object.entries({ recommend: RecommendBody, feedback: FeedbackEvent, putPlacement: PlacementBody, putItems: CatalogBody })) {
    expect(() => type.parse(bodies[name]), name).not.toThrow()
  }
  expect(WaitQuery.parse(Object.fromEntries(new URLSearchParams(queries.wait)))).toMatchObject({ position: '0:1234' })
})

it('reads the fields of a request', () => {
  const found = fields(RecommendBody)
  expect(found.map(({ name }) => name)).toEqual(Object.keys(RecommendBody.shape))
  expect(found.find(({ name }) => name === 'placement')).toMatchObject({ type: 'string', required: true })
  expect(found.find(({ name }) => name === 'count')).toMatchObject({ type: 'integer', required: false, rules: ['1 – 100'] })
  expect(found.find(({ name }) => name === 'candidates')).toMatchObject({ type: 'array of object', rules: ['1 – 1000 entries'], objects: [{ name: 'id, features' }] })
})

it('names the variants of a union after what tells them apart', () => {
  const policy = fields(PlacementBody).find(({ name }) => name === 'policy')!
  expect(policy.objects.map(({ name }) => name)).toContain('linear-thompson')
  expect(policy.objects).toHaveLength(11)
  expect(fields(PlacementBody).find(({ name }) => name === 'halfLifeSeconds')!.type).toBe('number | null')
})

it('follows references', () => {
  const document = { components: { schemas: { Thing: { type: 'object', properties: { id: { $ref: '#/components/schemas/Id' } }, required: ['id'] }, Id: { type: 'string' } } } }
  expect(typeOf({ type: 'array', items: { $ref: '#/components/schemas/Thing' } }, document)).toBe('array of object')
  expect(fieldsOf(objectsOf({ $ref: '#/components/schemas/Thing' }, document)[0].schema, document)).toMatchObject([{ name: 'id', type: 'string', required: true }])
})

it('writes commands that a shell reads as meant', () => {
  expect(curlOf({ origin: 'http://h', method: 'get', path: '/a' })).toBe("curl -s 'http://h/a'")
  expect(curlOf({ origin: 'http://h', method: 'post', path: '/a/activate' })).toBe("curl -s -X POST 'http://h/a/activate'")
  expect(curlOf({ origin: 'http://h', method: 'put', path: '/a', body: { it: "it's" } })).toContain(String.raw`it'\''s`)
})
