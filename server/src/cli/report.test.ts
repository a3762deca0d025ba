import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RunReport } from '@forage/contracts'
import type { RunResult } from '@forage/simulations'
import { expect, it } from 'vitest'
import { printReport, writeDecisions, writeReport } from './report.ts'

const run = (policy: string, seed: number, meanReward: number): RunResult => ({ policy, seed, rounds: 10, meanReward, uniformMeanReward: 0.5, relativeRegret: 20, decisionsPerSecond: 100 })
const runs = [run('a', 0, 0.7), run('a', 1, 0.9), run('b', 0, 0.5)]
const printed = (given: readonly RunResult[]) => {
  const lines: string[] = []
  printReport(given, { out: (text) => void lines.push(text), note: () => {}, interactive: false })
  return lines.join('\n').split('\n')
}

it('writes what the contract says, and the decisions of a run a line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'forage-report-'))
  const [json, decisions] = [join(folder, 'out.json'), join(folder, 'out.decisions')]
  writeReport(json, runs)
  const report = RunReport.parse(JSON.parse(readFileSync(json, 'utf8')))
  expect(report.runs).toEqual(runs)
  expect(report.summary.map(({ policy, standardDeviation }) => [policy, Math.round(1e4 * standardDeviation)])).toEqual([['a', 1414], ['b', 0]])
  writeDecisions(decisions, [Int32Array.of(0, 2), Int32Array.of(1)])
  expect(readFileSync(decisions, 'utf8')).toBe('[0,2]\n[1]\n')
  expect(() => writeReport(join(folder, 'no/such/folder.json'), runs)).toThrow(/folder\.json cannot be written/)
  rmSync(folder, { recursive: true })
})

it('prints a line a policy', () => {
  expect(printed(runs).map((line) => line.split(/ {2,}/)[0])).toEqual(['policy', 'a', 'b'])
  expect(printed([])).toEqual(['nothing was finished'])
})
