import { ForageError } from '@forage/domain'
import { expect, it } from 'vitest'
import { statisticsShape } from './create-policy.ts'
import { formatPolicy, parsePolicy, policyDefaults } from './parse-policy.ts'

it('reads the published settings', () => {
  expect(parsePolicy('linear-thompson:model=disjoint;noise=nig;lambda=0.25;a0=6;b0=6;initialPulls=2')).toEqual({
    name: 'linear-thompson', model: 'disjoint', noise: 'nig', lambda: 0.25, a0: 6, b0: 6, variance: 1, draws: 128, initialPulls: 2,
  })
  expect(parsePolicy(' lin-ucb: alpha = 0.25 , model = hybrid ')).toEqual({ ...policyDefaults['lin-ucb'], alpha: 0.25, model: 'hybrid' })
  expect(Object.keys(policyDefaults).map((name) => parsePolicy(name))).toEqual(Object.values(policyDefaults))
})

it.each(Object.keys(policyDefaults))('gives %s back through its text', (name) => {
  const spec = parsePolicy(name)
  expect(formatPolicy(spec)).toBe(name)
  if (!('lambda' in spec)) return
  const other = { ...spec, lambda: 0.125, model: 'shared' as const }
  expect(formatPolicy(other)).toBe(`${name}:model=shared;lambda=0.125`)
  expect(parsePolicy(formatPolicy(other))).toEqual(other)
})

it.each([
  ['linear', 'name', 'known: linear-thompson'],
  ['', 'name', 'unknown policy'],
  ['__proto__', 'name', 'unknown policy'],
  ['uniform:alpha=1', 'alpha', 'has no setting'],
  ['lin-ucb:name=greedy', 'name', 'has no setting'],
  ['lin-ucb:constructor=1', 'constructor', 'has no setting'],
  ['lin-ucb:alpha', 'alpha', 'needs one value'],
  ['lin-ucb:alpha=', 'alpha', 'needs one value'],
  ['lin-ucb:alpha=1=2', 'alpha', 'needs one value'],
  ['lin-ucb:alpha=1;alpha=2', 'alpha', 'twice'],
  ['lin-ucb:alpha=one', 'alpha', 'number from 0'],
  ['lin-ucb:alpha=-1', 'alpha', 'number from 0'],
  ['lin-ucb:lambda=0', 'lambda', 'above 0'],
  ['lin-ucb:lambda=Infinity', 'lambda', 'at most'],
  ['lin-ucb:initialPulls=1.5', 'initialPulls', 'whole'],
  ['lin-ucb:model=both', 'model', 'shared or disjoint or hybrid'],
  ['linear-thompson:model=hybrid', 'model', 'shared or disjoint'],
  ['linear-thompson:draws=3', 'draws', '16'],
])('refuses %j naming %s', (text, field, message) => {
  try {
    parsePolicy(text)
    expect.unreachable()
  } catch (error) {
    expect(error).toBeInstanceOf(ForageError)
    expect(error).toMatchObject({ code: 'invalid_policy', details: { field } })
    expect((error as Error).message).toContain(message)
  }
})

it('says which sums a policy needs', () => {
  expect([parsePolicy('ucb1'), parsePolicy('greedy'), parsePolicy('lin-ucb:model=hybrid')].map(statisticsShape)).toEqual(['counts', 'disjoint', 'hybrid'])
})
