import { expect, it } from 'vitest'
import { createDecisionId, partitionOf, timeOf } from './decision-id.ts'

const bytes = Uint8Array.from({ length: 12 }, (_, index) => 17 * index + 200)

it('is a UUIDv7 with a routing suffix, and gives its time back', () => {
  const id = createDecisionId(1_764_000_000_123, bytes, 'u-42')
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}-[0-9a-f]{4}$/)
  expect(timeOf(id)).toBe(1_764_000_000_123)
  expect(timeOf('my-own-id')).toBeNull()
})

it('sends all decisions of one user to one partition, and spreads users', () => {
  const at = (user: string, time: number) => partitionOf(createDecisionId(time, bytes, user), 8)
  expect(new Set([1, 2, 3].map((time) => at('u-42', time))).size).toBe(1)
  expect(new Set(Array.from({ length: 64 }, (_, user) => at(`u-${user}`, 1))).size).toBe(8)
})

it("routes a client's own id by the id", () => {
  expect(partitionOf('order-17', 8)).toBe(partitionOf('order-17', 8))
  expect(new Set(Array.from({ length: 64 }, (_, order) => partitionOf(`order-${order}`, 8))).size).toBe(8)
})
