import { expect, it } from 'vitest'
import { refuseDeepJson } from './depth.ts'

const bytes = (text: string) => Buffer.from(text)

it('lets brackets in strings and wide bodies pass', () => {
  refuseDeepJson(bytes(JSON.stringify({ a: '['.repeat(100), b: '\\"[[[[', c: Array.from({ length: 1000 }, () => [[1]]) })))
})

it('refuses deep nesting and names the field it is in', () => {
  const deep = `{"placement":"x","context":{"a":${'['.repeat(100_000)}`
  expect(() => refuseDeepJson(bytes(deep))).toThrow(expect.objectContaining({ code: 'invalid_request', details: { errors: [expect.objectContaining({ field: 'context' })] } }))
  expect(() => refuseDeepJson(bytes('['.repeat(17)))).toThrow(expect.objectContaining({ details: { errors: [expect.objectContaining({ field: 'body' })] } }))
})
