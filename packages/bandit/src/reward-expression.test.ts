import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { compileReward } from './reward-expression.ts'

const reward = (expression: string, values: Record<string, number> = {}) => compileReward(expression).evaluate(new Map(Object.entries(values)))

it.each<[string, Record<string, number>, number]>([
  ['click + 5 * purchase', { click: 1, purchase: 2 }, 11],
  ['click + 5 * purchase', {}, 0],
  ['purchase > 0 ? 10 : click', { purchase: 1 }, 10],
  ['purchase > 0 ? 10 : click', { click: 3 }, 3],
  ['min(max(watch, 0), 60) / 60', { watch: 90 }, 1],
  ['log(1 + watch) / log(2)', { watch: 1 }, 1],
  ['0 < watch < 5', { watch: 3 }, 1],
  ['(click > 0) + (share > 0 and click > 0)', { click: 1, share: 1 }, 2],
  ['not returned', { returned: 0 }, 1],
  ['-refund ^ 2', { refund: 3 }, -9],
  ['floor(2.7) + ceil(0.2) + round(0.5) + sign(-3) + abs(-1) + sqrt(4) + exp(0) + pow(2, 3)', {}, 2 + 1 + 1 - 1 + 1 + 2 + 1 + 8],
  ['pi + constructor', { pi: 2, constructor: 1 }, 3],
  ['5', {}, 5],
])('%s of %j is %d', (expression, values, expected) => {
  expect(reward(expression, values)).toBeCloseTo(expected, 12)
})

it('names its events once, in order, and takes a function too', () => {
  const { events, evaluate } = compileReward('b + a * b + __proto__')
  expect(events).toEqual(['b', 'a', '__proto__'])
  expect(evaluate((event) => (event === 'a' ? 2 : event === 'b' ? 3 : undefined))).toBe(9)
})

it.each(['click / views', 'log(click)', 'exp(1000)', 'sqrt(0 - 1)'])('%s without a finite value is NaN', (expression) => {
  expect(reward(expression)).toBeNaN()
})

it.each([
  '', 'click +', '(', 'x = 5', 'f(x) = x', 'a; b', 'click.constructor', 'click["constructor"]', '"text"', '[1, 2]', '{a: 1}', '1:5', '5 cm + "m"',
  'import("fs")', 'evaluate("1")', 'parse("1")', 'random()', 'max', 'max(max, 1)', 'click!', 'true', 'Infinity', 'cos(click)', 'a -> b', '1'.repeat(400),
  'constructor.constructor("return 1")()', '('.repeat(900) + '1' + ')'.repeat(99), '2'.repeat(2000), 'click | 1', "click'", 'x += 1',
])('refuses %s', (expression) => {
  expect(() => compileReward(expression)).toThrow(expect.objectContaining({ code: 'invalid_reward_expression' }))
})

it('answers with a number or a refusal, whatever the text', () => {
  const token = fc.constantFrom('click', 'buy', '1', '2.5', '+', '-', '*', '/', '(', ')', 'max', ',', '?', ':', '=', '.', '[', ']', '<', '^', 'and', ' ')
  fc.assert(fc.property(fc.oneof(fc.string(), fc.array(token, { maxLength: 12 }).map((tokens) => tokens.join(' '))), (text) => {
    try {
      expect(typeof reward(text)).toBe('number')
    } catch (error) {
      expect(error).toMatchObject({ code: 'invalid_reward_expression' })
    }
  }), { numRuns: 500, seed: 5 })
})
