import { loadDataSet, runPolicy, type RunResult } from '@forage/simulations'
import type { PlayingOptions } from '../commands/playing-options.ts'
import { untilInterrupted } from '../interrupt.ts'
import type { NamedPolicy } from '../options.ts'
import { startProgress } from '../progress.ts'
import { printReport, writeDecisions, writeReport } from '../report.ts'
import type { Terminal } from '../terminal.ts'

export interface SimulateOptions extends PlayingOptions {
  readonly policy: readonly NamedPolicy[]
  readonly seeds: number
}

/** `forage simulate`: every policy with every seed, one run after the other. */
export async function simulate(options: SimulateOptions, terminal: Terminal): Promise<void> {
  const dataSet = await loadDataSet(options.data, options.path, { bins: options.bins })
  const interrupt = untilInterrupted()
  const finished: { result: RunResult; decisions: Int32Array }[] = []
  try {
    for (const { text, spec } of options.policy)
      for (let seed = 0; seed < options.seeds && !interrupt.signal.aborted; seed++) {
        const progress = startProgress(`${text} seed ${seed}`, options.rounds, terminal)
        const decisions = new Int32Array(options.rounds)
        const running = runPolicy({
          dataSet,
          policy: spec,
          seed,
          rounds: options.rounds,
          floor: options.floor,
          rewardScaling: options.rewardScaling,
          onProgress: (done: number) => progress.update(done),
          signal: interrupt.signal,
          decisions,
        })
        const result = await running.finally(() => progress.stop())
        if (result.rounds === options.rounds) finished.push({ result: { ...result, policy: text }, decisions })
      }
  } finally {
    interrupt.dispose()
  }
  if (interrupt.signal.aborted) terminal.note('stopped: the report holds the runs that were finished')
  const runs = finished.map(({ result }) => result)
  printReport(runs, terminal)
  if (options.json !== undefined) writeReport(options.json, runs)
  if (options.decisions !== undefined) writeDecisions(options.decisions, finished.map(({ decisions }) => decisions))
}
