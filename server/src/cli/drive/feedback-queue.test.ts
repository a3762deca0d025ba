import { expect, it } from 'vitest'
import { createFeedbackQueue } from './feedback-queue.ts'

/** A small linear congruential generator: enough for an order, and the same on every machine. */
function seeded(): () => number {
  let state = 7
  return () => (state = (1103515245 * state + 12345) % 2147483648) / 2147483648
}

async function sent(repeat: [number, number], shuffle: boolean): Promise<number[]> {
  const order: number[] = []
  const queue = createFeedbackQueue<number>({ repeat, shuffle, random: seeded(), send: async (item) => void order.push(item) })
  for (let item = 0; item < 200; item++) await queue.push(item)
  await queue.drain()
  return order
}

const items = Array.from({ length: 200 }, (_, item) => item)

it('sends each item once and in order unless told otherwise', async () => {
  expect(await sent([1, 1], false)).toEqual(items)
})

it('sends each item as often as asked', async () => {
  const counts = items.map(() => 0)
  for (const item of await sent([1, 5], true)) counts[item]! += 1
  expect(new Set(counts)).toEqual(new Set([1, 2, 3, 4, 5]))
})

it('shuffles, but keeps no item back for long', async () => {
  const order = await sent([1, 1], true)
  expect(order).not.toEqual(items)
  expect(order.toSorted((a, b) => a - b)).toEqual(items)
})
