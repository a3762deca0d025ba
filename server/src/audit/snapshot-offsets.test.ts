import { expect, it } from 'vitest'
import { forwardPasses, parseSnapshot } from './snapshot-offsets.ts'

it.each([
  ['', [0, 0]],
  ['0:7', [7, 0]],
  ['0:7,1:12', [7, 12]],
])('reads %j', (text, offsets) => {
  expect(parseSnapshot(text, 2)).toEqual(offsets)
})

it.each(['7', '0:', '2:1', '0:1;1:2'])('refuses %j', (text) => {
  expect(() => parseSnapshot(text, 2)).toThrow(expect.objectContaining({ code: 'unreadable_record' }))
})

it('sorts one chain into one pass and cuts where a partition would have to go back', () => {
  const at = (...offsets: number[]) => ({ offsets })
  expect(forwardPasses([at(5, 1), at(0, 0), at(2, 1)])).toEqual([[at(0, 0), at(2, 1), at(5, 1)]])
  expect(forwardPasses([at(0, 4), at(5, 0), at(5, 4)])).toEqual([[at(0, 4), at(5, 4)], [at(5, 0)]])
})
