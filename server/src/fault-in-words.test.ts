import { expect, it } from 'vitest'
import { z } from 'zod'
import { faultInWords } from './fault-in-words.ts'

const union = z.discriminatedUnion('name', [z.strictObject({ name: z.literal('greedy') }), z.strictObject({ name: z.literal('uniform') })])

it.each([
  [z.number(), undefined, 'is missing'],
  [z.number(), 'abc', 'must be a number, not text'],
  [z.coerce.number(), 'abc', 'must be a number'],
  [z.int(), 1.5, 'must be a whole number'],
  [z.strictObject({}), null, 'must be an object, not empty'],
  [z.string(), ['a'], 'must be text, not a list'],
  [z.number().min(1), 0, 'must be at least 1'],
  [z.number().positive(), 0, 'must be above 0'],
  [z.array(z.string()).min(1), [], 'must have at least 1 entry'],
  [z.string().max(2), 'abc', 'must have at most 2 characters'],
  [z.enum(['sum', 'mean', 'max']), 'median', 'must be sum, mean or max'],
  [union, { name: 'thompson' }, 'must be greedy or uniform'],
  [z.string().refine(() => false, 'must rhyme'), 'x', 'must rhyme'],
] as const)('says what is wrong (%#)', (schema, value, words) => {
  expect(schema.safeParse(value, { error: faultInWords }).error?.issues[0]?.message).toBe(words)
})
