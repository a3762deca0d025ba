import { linearDataSet } from '@forage/simulations'
import { expect, it } from 'vitest'
import { driveThrough } from '../testing/drive-through.ts'
import { replay } from './replay.ts'

const terminal = { out: () => {}, note: () => {}, interactive: false }
const policy = 'lin-ucb'

it('finds in the stored checkpoint what the log says, and what was served', async () => {
  const { log, store, learning } = await driveThrough(linearDataSet(), { policy, rounds: 60, partitions: 2, concurrency: 4 })
  const report = await replay(log, store, {}, terminal)
  expect(report).toMatchObject({ matches: true, comparedWith: 'checkpoint', digest: learning.digest, expected: learning.digest })
  expect(report.offsets).toEqual(learning.partitions.map(({ applied }) => applied))
  expect(report.records).toBe(report.offsets.reduce((sum, offset) => sum + offset, 0))
})

it('notices a checkpoint that is not of this log', async () => {
  const { log } = await driveThrough(linearDataSet(), { policy, rounds: 60 })
  const { store } = await driveThrough(linearDataSet(), { policy, rounds: 60, seed: 1 })
  const report = await replay(log, store, { verifyDecisions: 10 }, terminal)
  expect(report.expected).not.toBe(report.digest)
  expect(report).toMatchObject({ matches: false, comparedWith: 'checkpoint', audit: { verified: 10, ok: true } })
})

it('says when the log is shorter than the checkpoint', async () => {
  const { log } = await driveThrough(linearDataSet(), { policy, rounds: 10 })
  const { store } = await driveThrough(linearDataSet(), { policy, rounds: 20 })
  await expect(replay(log, store, {}, terminal)).rejects.toMatchObject({ code: 'log_unavailable', message: expect.stringContaining('of the log ends at') })
})
