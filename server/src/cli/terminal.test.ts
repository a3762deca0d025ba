import { expect, it } from 'vitest'
import { table } from './terminal.ts'

it('sets text to the left and numbers to the right', () => {
  expect(table(['policy', 'regret', 'note'], [['lin-ucb', '6.85 %', 'a'], ['ucb1', '-100.3 %', 'bb']])).toBe(
    ['policy     regret  note', 'lin-ucb    6.85 %  a', 'ucb1     -100.3 %  bb'].join('\n'),
  )
})
