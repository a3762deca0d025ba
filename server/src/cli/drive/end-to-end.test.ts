import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parsePolicy } from '@forage/bandit'
import type { EventLog, LogRecord } from '@forage/event-log'
import { linearDataSet, loadDataSet, runPolicy, type DataSet } from '@forage/simulations'
import { expect, it } from 'vitest'
import { auditDecisions } from '../../audit/audit-decisions.ts'
import { replayLog } from '../../audit/replay-log.ts'
import { catalogFrom } from '../data-folder.ts'
import { driveThrough } from '../testing/drive-through.ts'

async function inProcess(dataSet: DataSet, policyText: string, rounds: number): Promise<number[]> {
  const decisions = new Int32Array(rounds)
  await runPolicy({ dataSet, policy: parsePolicy(policyText), seed: 0, rounds, decisions })
  return [...decisions]
}

it.each(['linear-thompson:initialPulls=2', 'lin-ucb:alpha=0.5', 'softmax', 'ucb1'])('%s decides over HTTP as in process, one by one', async (policy) => {
  const { decisions, unlogged } = await driveThrough(linearDataSet(), { policy, rounds: 80, waitLearned: true })
  expect([...decisions]).toEqual(await inProcess(linearDataSet(), policy, 80))
  expect(unlogged).toBe(0)
})

const dataSets = process.env['FORAGE_DATA_SETS'] ?? join(import.meta.dirname, '../../../../../shared/data')
const statlog = join(dataSets, 'statlog-shuttle/shuttle.csv')

it.skipIf(!existsSync(statlog))('does so on Statlog', async () => {
  const dataSet = await loadDataSet('statlog', statlog)
  const policy = 'linear-thompson:lambda=0.25;initialPulls=2'
  const { decisions } = await driveThrough(dataSet, { policy, rounds: 100, waitLearned: true })
  expect([...decisions]).toEqual(await inProcess(dataSet, policy, 100))
})

it('learns each feedback once, however often and in whatever order it comes', async () => {
  const { tally, learning, log } = await driveThrough(linearDataSet(), { policy: 'lin-ucb', rounds: 300, concurrency: 8, feedbackRepeat: [1, 5], shuffle: true })
  expect(tally.rounds).toBe(300)
  expect(learning.counters['matured']).toBe(300)
  const { digest } = await replayLog(log, learning.partitions.map(({ applied }) => applied))
  expect(digest).toBe(learning.digest)
})

it.each([
  ['linear-thompson:model=shared', 1],
  ['linear-thompson', 2],
  ['square-cb', 1],
  ['beta-thompson', 1],
])('every decision of %s can be recomputed from the log, with %d partitions', async (policy, partitions) => {
  const { log, store } = await driveThrough(linearDataSet(), { policy, rounds: 200, concurrency: 4, floor: 0.1, partitions })
  const report = await auditDecisions({ log, catalog: catalogFrom(store) })
  expect(report).toMatchObject({ decisions: 200, verified: 200, mismatches: 0, examples: [], ok: true })
  expect(report.snapshots).toBeGreaterThan(1)
  expect(await auditDecisions({ log, catalog: catalogFrom(store), limit: 20 })).toMatchObject({ decisions: 200, verified: 20, ok: true })
})

/** The log as it would be if somebody had changed one record. */
function tampered(log: EventLog, change: (text: string) => string | null): EventLog {
  let done = false
  const changed = (record: LogRecord): LogRecord => {
    const text = done ? null : change(Buffer.from(record.value).toString('utf8'))
    if (text === null) return record
    done = true
    return { ...record, value: Buffer.from(text) }
  }
  const known = new Map<number, LogRecord>()
  const keep = (record: LogRecord) => known.get(record.offset) ?? (known.set(record.offset, changed(record)), known.get(record.offset)!)
  return { ...log, partitions: log.partitions, start: (at) => log.start(at), end: (at) => log.end(at), read: async (at, offset, limits) => (await log.read(at, offset, limits)).map(keep) }
}

it.each([
  ['a propensity', (text: string) => (/"kind":"decision".*"p":0\.(?!0)/.test(text) ? text.replace(/"p":0\.\d/, (digits) => `"p":0.${(Number(digits.at(-1)) + 1) % 10}`) : null)],
  ['a reward', (text: string) => (/"kind":"feedback"/.test(text) ? text.replace(/"value":-?[\d.]+/, '"value":0.25') : null)],
  ['a feature', (text: string) => (/"kind":"decision"/.test(text) ? text.replace(/"f0":-?[\d.]+/, '"f0":0.125') : null)],
])('an audit notices that %s was changed', async (_, change) => {
  const { log, store } = await driveThrough(linearDataSet(), { policy: 'softmax:temperature=1', rounds: 30, waitLearned: true, floor: 0.1 })
  const report = await auditDecisions({ log: tampered(log, change), catalog: catalogFrom(store) })
  expect(report.ok).toBe(false)
  expect(report.mismatches).toBeGreaterThan(0)
  expect(report.examples[0]).toMatch(/^linear-0-\d+: /)
})
