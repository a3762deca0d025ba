import { expect, it } from 'vitest'
import { TailCache } from './tail-cache.ts'

const block = (base: number, count: number, bytes = 10) => ({ base, count, time: 0, bytes: new Uint8Array(bytes) })

it('finds the block of an offset among the newest, and forgets the oldest', () => {
  const tail = new TailCache(30)
  for (const base of [0, 2, 4, 6]) tail.add(block(base, 2))
  expect([1, 2, 3, 7, 8].map((offset) => tail.find(offset)?.base ?? null)).toEqual([null, 2, 2, 6, null])
  tail.add(block(8, 1, 31))
  expect([7, 8].map((offset) => tail.find(offset))).toEqual([null, null])
})

it('starts anew after a gap', () => {
  const tail = new TailCache(1000)
  tail.add(block(0, 2))
  tail.add(block(5, 1))
  expect([1, 3, 5].map((offset) => tail.find(offset)?.base ?? null)).toEqual([null, null, 5])
})
