import { writeFileSync } from 'node:fs'
import { RunReport } from '@forage/contracts'
import { ForageError } from '@forage/domain'
import { summarise, type RunResult } from '@forage/simulations'
import { table, type Terminal } from './terminal.ts'

export function reportOf(runs: readonly RunResult[]): RunReport {
  const rows = runs.map(({ policy, seed, rounds, meanReward, uniformMeanReward, relativeRegret, decisionsPerSecond }) => ({
    policy, seed, rounds, meanReward, uniformMeanReward, relativeRegret, decisionsPerSecond,
  }))
  return RunReport.parse({ runs: rows, summary: summarise(rows) })
}

export function printReport(runs: readonly RunResult[], terminal: Terminal): void {
  const { summary } = reportOf(runs)
  if (summary.length === 0) {
    terminal.out('nothing was finished')
    return
  }
  const rows = summary.map(({ policy, meanReward, standardDeviation, relativeRegret }) => {
    const mine = runs.filter((run) => run.policy === policy)
    const speed = mine.reduce((sum, { decisionsPerSecond }) => sum + decisionsPerSecond, 0) / mine.length
    const uniform = mine.reduce((sum, { uniformMeanReward }) => sum + uniformMeanReward, 0) / mine.length
    return [policy, String(mine.length), meanReward.toFixed(4), standardDeviation.toFixed(4), uniform.toFixed(4), `${relativeRegret.toFixed(2)} %`, speed.toFixed(0)]
  })
  terminal.out(table(['policy', 'runs', 'mean reward', '± sd', 'uniform', 'regret of uniform’s', 'decisions/s'], rows))
}

export function writeReport(path: string, runs: readonly RunResult[]): void {
  write(path, `${JSON.stringify(reportOf(runs), null, 2)}\n`)
}

/** One JSON array of arm indices a run. */
export function writeDecisions(path: string, runs: readonly Int32Array[]): void {
  write(path, runs.map((decisions) => `${JSON.stringify([...decisions])}\n`).join(''))
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text)
  } catch (cause) {
    throw new ForageError('invalid_request', `${path} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`, { path }, { cause })
  }
}
