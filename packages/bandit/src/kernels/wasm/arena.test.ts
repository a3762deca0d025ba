import { expect, it } from 'vitest'
import { uniforms } from '../test-data.ts'
import { Arena } from './arena.ts'

it('never hands out a byte twice and joins what comes back', () => {
  const [arena, uniform] = [new Arena(128, 128 + 6400), uniforms(1)]
  const taken = new Map<number, number>()
  for (let round = 0; round < 3000; round++) {
    if (uniform() < 0.55) {
      const bytes = 1 + Math.floor(700 * uniform())
      const from = arena.take(bytes)
      if (from === null) continue
      expect(from % 64).toBe(0)
      expect(from >= 128 && from + bytes <= 128 + 6400).toBe(true)
      for (const [other, length] of taken) expect(from + bytes <= other || other + length <= from).toBe(true)
      taken.set(from, bytes)
    } else {
      const from = [...taken.keys()][Math.floor(uniform() * taken.size)]
      if (from === undefined) continue
      taken.delete(from)
      arena.giveBack(from)
    }
  }
  for (const from of taken.keys()) arena.giveBack(from)
  expect(arena.take(6400)).toBe(128)
  expect(arena.take(1)).toBeNull()
})

it('leaves unknown addresses alone', () => {
  const arena = new Arena(0, 640)
  const from = arena.take(640)!
  arena.giveBack(64)
  expect(arena.take(64)).toBeNull()
  arena.giveBack(from)
  arena.giveBack(from)
  expect(arena.take(640)).toBe(0)
})
