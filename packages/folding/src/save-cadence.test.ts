import { expect, it } from 'vitest'
import { SaveCadence } from './save-cadence.ts'
import { VirtualTimers } from './testing/virtual-timers.ts'

/** Records arrive every millisecond, a save takes `tookMs`; returns when saves began. */
async function saves({ records, ms, tookMs, perMs, forMs }: { records: number; ms: number; tookMs: number; perMs: number; forMs: number }): Promise<number[]> {
  const timers = new VirtualTimers()
  const began: number[] = []
  const cadence = new SaveCadence(timers, { records, ms }, () => look())
  let [behind, saving] = [0, false]
  const look = () => {
    if (saving || !cadence.due(behind)) return
    saving = true
    cadence.begin()
    const [start, covers] = [timers.now(), behind]
    began.push(start)
    timers.after(tookMs, () => {
      saving = false
      behind -= covers
      cadence.saved(start)
      look()
    })
  }
  while (timers.now() < forMs) {
    behind += perMs
    if (perMs > 0) cadence.touch()
    look()
    await timers.pass(1)
  }
  return began
}

it('saves after so many milliseconds, or so many records', async () => {
  expect(await saves({ records: 1000, ms: 20, tookMs: 1, perMs: 1, forMs: 100 })).toEqual([20, 41, 62, 83])
  const many = await saves({ records: 100, ms: 1000, tookMs: 1, perMs: 50, forMs: 50 })
  expect([many[0], many.length]).toEqual([1, 10]) // the save's own time, four times over, lies between two
})

it('spends at most a fifth of the time on saving, however far behind', async () => {
  for (const perMs of [1, 100]) {
    const began = await saves({ records: 1000, ms: 20, tookMs: 30, perMs, forMs: 1500 })
    const gaps = began.slice(1).map((at, index) => at - began[index]!)
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(150)
    expect(Math.max(...gaps)).toBeLessThanOrEqual(160)
  }
})

it('does not wait when too much would be kept in memory', async () => {
  const began = await saves({ records: 10, ms: 20, tookMs: 100, perMs: 10, forMs: 1000 })
  expect(began.length).toBeGreaterThanOrEqual(8)
})

it('sets no timer without news', async () => {
  let timersSet = 0
  const timers = new VirtualTimers()
  const after = timers.after.bind(timers)
  timers.after = (...given) => {
    timersSet += 1
    return after(...given)
  }
  const cadence = new SaveCadence(timers, { records: 10, ms: 20 }, () => {})
  for (let round = 0; round < 100; round++) expect(cadence.due(0) || cadence.due(3)).toBe(false)
  expect(timersSet).toBe(0)
  cadence.touch()
  for (let round = 0; round < 100; round++) cadence.due(3)
  expect(timersSet).toBe(1)
  cadence.force()
  expect(cadence.due(3)).toBe(true)
  expect([cadence.begin(), cadence.begin()]).toEqual([true, false])
})
