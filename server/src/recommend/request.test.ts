import { RecommendBody } from '@forage/contracts'
import { ForageError } from '@forage/domain'
import { expect, it } from 'vitest'
import { checkRecommend } from './request.ts'

const good = { placement: 'home', candidates: [{ id: 'a' }, { id: 'b', features: { price: 1 } }] }

it.each([
  good,
  { placement: 'home' },
  { ...good, userId: null, decisionId: 'mine', count: 2, exclude: ['z'], context: { a: [1, 'x', null] }, deferActivation: true, timeoutMs: 5, explain: true },
])('accepts %j, as the contract does', (body) => {
  expect(RecommendBody.safeParse(body).success).toBe(true)
  expect(checkRecommend(body)).toBeNull()
})

it.each<[unknown, string]>([
  [[], 'body'],
  [null, 'body'],
  [{}, 'placement'],
  [{ placement: 'no spaces' }, 'placement'],
  [{ ...good, colour: 1 }, 'colour'],
  [JSON.parse('{"placement":"home","__proto__":{"x":1}}'), '__proto__'],
  [{ ...good, count: 0 }, 'count'],
  [{ ...good, count: 1.5 }, 'count'],
  [{ ...good, userId: '' }, 'userId'],
  [{ ...good, userId: 'a\u0000b' }, 'userId'],
  [{ ...good, context: [] }, 'context'],
  [{ ...good, context: { hour: Infinity } }, 'context.hour'],
  [{ ...good, candidates: [] }, 'candidates'],
  [{ ...good, candidates: [{ id: 'a' }, { id: '' }] }, 'candidates.1.id'],
  [{ ...good, candidates: [{ id: 'a\u0007' }] }, 'candidates.0.id'],
  [{ ...good, candidates: [{ id: 'x'.repeat(129) }] }, 'candidates.0.id'],
  [{ ...good, candidates: [{ id: 7 }] }, 'candidates.0.id'],
  [{ ...good, candidates: [{ id: 'a', price: 1 }] }, 'candidates.0.price'],
  [{ ...good, candidates: [{ id: 'a' }, { id: 'b', features: null }] }, 'candidates.1.features'],
  [{ ...good, candidates: [{ id: 'a' }, { id: 'b', features: { x: [NaN] } }] }, 'candidates.1.features.x.0'],
  [{ ...good, exclude: ['x', 7] }, 'exclude.1'],
])('refuses %j and names %s, as the contract does', (body, field) => {
  expect(RecommendBody.safeParse(body).success).toBe(false)
  expect(checkRecommend(body)).toMatchObject({ code: 'invalid_request', details: { errors: [{ field }] } })
})

it('refuses two candidates with one id', () => {
  const fault = checkRecommend({ placement: 'home', candidates: [{ id: 'a' }, { id: 'b' }, { id: 'a' }] })
  expect(fault).toBeInstanceOf(ForageError)
  expect(fault).toMatchObject({ code: 'duplicate_candidate', details: { errors: [{ field: 'candidates.2.id' }] } })
})
