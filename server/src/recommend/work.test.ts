import { PlacementBody } from '@forage/contracts'
import { expect, it } from 'vitest'
import { encodeCatalog } from '../placements/catalog.ts'
import { buildDefinition } from '../placements/definition.ts'
import { encodeCandidates } from './candidates.ts'
import { RowBuffer } from './rows.ts'

const values = (name: string, count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`${name}${index}`, index]))

it('refuses a request whose hashed interactions would hold up every other one, and says what to change', () => {
  const scored = buildDefinition('home', PlacementBody.parse({ policy: { name: 'greedy', model: 'shared' }, encoder: { kind: 'hashed', dimension: 16 }, reward: { expression: 'click' } }), 1)
  const catalog = encodeCatalog({ items: Array.from({ length: 2000 }, (_, index) => ({ id: `i${index}`, features: values('f', 100) })) }, 1, scored.encoder)
  const encode = (count: number) => encodeCandidates(scored, catalog, { placement: 'home', context: values('c', count) }, new RowBuffer())
  expect(encode(10).set.ids).toHaveLength(2000)
  expect(() => encode(100)).toThrow(/candidates and context make more than 16777216 pairs/)
})
