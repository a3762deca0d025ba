import { staged } from '../stage.ts'

export const poison = staged({
  name: 'poison',
  what: 'random bytes, other versions, a megabyte, NaN, unknown placements, wrong lengths among the records',
  poison: 0.03,
  control: { learner: 'no-letters' },
  act: async ({ producer, long }) => producer.send(long ? 20_000 : 3000),
  expect: ({ squad }) => (squad.failures.length === 0 ? [] : squad.failures),
})

export const duplicates = staged({
  name: 'duplicates',
  what: 'feedback sent up to five times, shuffled, before its decision and after it was learned from',
  control: { learner: 'no-dedupe' },
  act: async ({ producer, long }) => producer.send(long ? 50_000 : 4000),
})
