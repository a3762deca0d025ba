import { expect, it } from 'vitest'
import { readRetryAfter, RetryBudget, waitBefore } from './retry.ts'

const policy = { retries: 3, backoffMs: 50, maxBackoffMs: 2000 }

it('doubles the wait up to its limit, spreads it from zero, and never comes before Retry-After', () => {
  const longest = [0, 1, 2, 3, 9].map((retry) => waitBefore(retry, policy, null, () => 1))
  expect(longest).toEqual([100, 200, 400, 800, 2000])
  expect(waitBefore(3, policy, null, () => 0)).toBe(0)
  expect(waitBefore(0, policy, 3000, () => 0.5)).toBe(3050)
})

it.each([
  [null, null],
  ['', null],
  ['2', 2000],
  ['0.5', 500],
  ['-3', 0],
  ['Thu, 01 Jan 1970 00:00:03 GMT', 2000],
  ['soon', null],
])('reads Retry-After %j as %j ms', (header, expected) => {
  expect(readRetryAfter(header, 1000)).toBe(expected)
})

it('spends a token a retry and earns a tenth a success', () => {
  const budget = new RetryBudget(2)
  expect([budget.take(), budget.take(), budget.take()]).toEqual([true, true, false])
  for (let success = 0; success < 11; success++) budget.earn()
  expect([budget.take(), budget.take()]).toEqual([true, false])
})
