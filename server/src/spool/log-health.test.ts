import { beforeEach, expect, it } from 'vitest'
import { LogHealth } from './log-health.ts'

let time: number
let health: LogHealth
beforeEach(() => {
  time = 1000
  health = new LogHealth({ partitions: 2, now: () => time, slowMs: 750, probeMs: 250 })
})

function begin(partition = 0) {
  let acknowledge = () => {}
  let fail = () => {}
  const appended = new Promise<void>((resolve, reject) => {
    acknowledge = resolve
    fail = () => reject(new Error('no'))
  })
  health.watch(partition, appended)
  const settled = async () => void (await appended.catch(() => {}))
  return { acknowledge: () => (acknowledge(), settled()), fail: () => (fail(), settled()) }
}
const admitted = (times: number) => Array.from({ length: times }, () => health.admit(0))

it('lets everything through while appends are acknowledged', async () => {
  for (let round = 0; round < 5; round++) {
    const append = begin()
    time += 700
    expect(health.admit(0)).toBe('append')
    await append.acknowledge()
  }
  time += 1e6
  expect([health.admit(0), health.away]).toEqual(['append', 0])
})

it('opens when an append fails, lets one probe through every 250 ms, and closes when one is acknowledged', async () => {
  await begin().fail()
  expect([...admitted(3), health.away]).toEqual(['skip', 'skip', 'skip', 1])
  time += 250
  expect(admitted(3)).toEqual(['probe', 'skip', 'skip'])
  const probe = begin()
  time += 249
  expect(admitted(1)).toEqual(['skip'])
  time += 1
  expect(admitted(2)).toEqual(['probe', 'skip'])
  await probe.acknowledge()
  expect([...admitted(2), health.away]).toEqual(['append', 'append', 0])
})

it('opens when the oldest append hangs, and closes by itself when it gets through', async () => {
  const hanging = begin()
  time += 400
  const later = begin()
  time += 350
  expect(health.admit(0)).toBe('append')
  time += 1
  expect(health.admit(0)).toBe('skip')
  await hanging.acknowledge()
  expect(health.admit(0)).toBe('append') // the later one has waited 351 ms
  await later.acknowledge()
})

it('keeps partitions apart', async () => {
  await begin(1).fail()
  expect([health.admit(0), health.admit(1), health.isAway(0), health.isAway(1)]).toEqual(['append', 'skip', false, true])
})

it('is not told by an old append what a later one has disproved', async () => {
  const [old, young] = [begin(), begin()]
  time += 10_000
  expect(health.isAway(0)).toBe(true)
  await young.acknowledge()
  expect(health.isAway(0)).toBe(false)
  await old.fail()
  expect(health.isAway(0)).toBe(false)
})
