import { expect, it } from 'vitest'
import { openBlock, ReadBudget, readRecords } from './block.ts'
import type { LogRecord } from './event-log.ts'
import { GroupCommit, type Batch, type GroupCommitOptions } from './group-commit.ts'

/** A disk in memory whose commits the test lets through or fails, one by one. */
function harness(change: Partial<GroupCommitOptions> = {}) {
  const stored: number[][] = [[], []]
  const waiting: { finish: () => void; fail: (kept?: boolean) => void }[] = []
  const batches: Batch[] = []
  let now = 0
  const write = ({ blocks }: Batch) => {
    for (const { partition, base, bytes } of blocks) {
      const records: LogRecord[] = []
      readRecords(openBlock(bytes, partition, base), partition, base, new ReadBudget(1e9, 1e9), records)
      expect(base).toBe(stored[partition]!.length)
      stored[partition]!.push(...records.map(({ value }) => value[0]!))
    }
  }
  const commits = new GroupCommit({
    ends: [0, 0], times: [0, 0], now: () => now, lingerMs: 0, patientMs: 0, maxBlockBytes: 1 << 16, maxPendingBytes: 1 << 20,
    commit: (batch) =>
      new Promise((resolve, reject) => {
        batches.push(batch)
        waiting.push({
          finish: () => (write(batch), resolve()),
          fail: (kept = false) => {
            if (kept) write(batch)
            reject(new Error('disk full'))
          },
        })
      }),
    recover: () => stored.map(({ length }) => length),
    onReadable: () => {},
    ...change,
  })
  const turn = () => new Promise((resolve) => void setImmediate(() => setImmediate(resolve)))
  return { commits, stored, waiting, batches, turn, setNow: (ms: number) => (now = ms) }
}

const value = (index: number) => Uint8Array.of(index)

it('puts what arrives during a commit into the next one', async () => {
  const { commits, stored, waiting, batches, turn } = harness()
  const appended = [commits.append(0, value(1), undefined), commits.append(1, value(2), 'k')]
  await turn()
  appended.push(commits.append(0, value(3), undefined), commits.append(0, value(4), 'k'))
  await turn()
  expect(waiting).toHaveLength(1)
  waiting[0]!.finish()
  await turn()
  waiting[1]!.finish()
  expect(await Promise.all(appended)).toEqual([{ partition: 0, offset: 0 }, { partition: 1, offset: 0 }, { partition: 0, offset: 1 }, { partition: 0, offset: 2 }])
  expect(stored).toEqual([[1, 3, 4], [2]])
  expect(batches.map(({ keys }) => keys)).toEqual([[{ key: 'k', partition: 1, offset: 0 }], [{ key: 'k', partition: 0, offset: 2 }]])
})

it('refuses what a failed commit carried, and gives its offsets to what comes next', async () => {
  const { commits, stored, waiting, turn } = harness()
  const lost = commits.append(0, value(1), undefined)
  await turn()
  const next = commits.append(0, value(2), undefined)
  waiting[0]!.fail()
  await expect(lost).rejects.toMatchObject({ code: 'log_unavailable', cause: { message: 'disk full' } })
  await turn()
  waiting[1]!.finish()
  expect(await next).toEqual({ partition: 0, offset: 0 })
  expect(stored[0]).toEqual([2])
  expect(commits.ends).toEqual([1, 0])
})

it('counts on from a commit that failed for the caller and happened all the same', async () => {
  const { commits, stored, waiting, turn } = harness()
  const unknown = commits.append(0, value(1), undefined)
  await turn()
  waiting[0]!.fail(true)
  await expect(unknown).rejects.toMatchObject({ code: 'log_unavailable' })
  const next = commits.append(0, value(2), undefined)
  await turn()
  waiting[1]!.finish()
  expect(await next).toEqual({ partition: 0, offset: 1 })
  expect(stored[0]).toEqual([1, 2])
})

it('closes blocks at their size, in order, within one commit', async () => {
  const { commits, stored, waiting, batches, turn } = harness({ maxBlockBytes: 100 })
  const appended = Array.from({ length: 30 }, (_, index) => commits.append(0, new Uint8Array(20).fill(index), undefined))
  await turn()
  expect(batches[0]!.blocks.length).toBeGreaterThan(5)
  waiting[0]!.finish()
  expect((await Promise.all(appended)).map(({ offset }) => offset)).toEqual(Array.from({ length: 30 }, (_, index) => index))
  expect(stored[0]).toEqual(Array.from({ length: 30 }, (_, index) => index))
})

it('lingers only when the last commit was shared, and not with a full block', async () => {
  const { commits, waiting, turn } = harness({ lingerMs: 1e6, maxBlockBytes: 1000 })
  void commits.append(0, value(1), undefined)
  await turn()
  waiting[0]!.finish() // one record: nobody to wait for
  await turn()
  const crowd = Array.from({ length: 10 }, (_, index) => commits.append(0, value(index), undefined))
  await turn()
  expect(waiting).toHaveLength(2)
  waiting[1]!.finish()
  await Promise.all(crowd)
  const late = commits.append(0, value(1), undefined)
  await turn()
  expect(waiting).toHaveLength(2)
  void commits.append(0, new Uint8Array(2000), undefined)
  await turn()
  expect(waiting).toHaveLength(3)
  waiting[2]!.finish()
  await late
})

it('lets patient records wait for others: for full blocks, or for one that is not patient', async () => {
  const { commits, stored, waiting, turn } = harness({ patientMs: 1e6, maxBlockBytes: 1000 })
  const finish = async (index: number) => {
    await turn()
    expect(waiting).toHaveLength(index + 1)
    waiting[index]!.finish()
    await turn()
  }
  void commits.append(0, value(1), undefined, true)
  await finish(0) // the log was quiet
  void commits.append(0, value(2), undefined, true)
  await turn()
  expect(waiting).toHaveLength(1)
  void commits.append(0, value(3), undefined)
  await finish(1)
  for (let index = 4; index < 16; index++) void commits.append(0, new Uint8Array(400).fill(index), undefined, true)
  await finish(2)
  expect(stored[0]).toEqual(Array.from({ length: 15 }, (_, index) => index + 1))
  void commits.append(0, value(16), undefined, true)
  const drained = commits.drain()
  await finish(3)
  await drained
})

it('stamps a partition with times that never decrease', async () => {
  const { commits, waiting, batches, turn, setNow } = harness()
  const times: number[] = []
  for (const [index, now] of [500, 300, 700].entries()) {
    setNow(now)
    void commits.append(0, value(index), undefined)
    await turn()
    times.push(openBlock(batches[index]!.blocks[0]!.bytes, 0, index).time)
    waiting[index]!.finish()
    await turn()
  }
  expect(times).toEqual([500, 500, 700])
})
