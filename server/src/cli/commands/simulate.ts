import { Option, type Command } from 'commander'
import { dataSetNames, fraction, policies, wholeNumber, type DataSetName, type NamedPolicy } from '../options.ts'
import type { Terminal } from '../terminal.ts'

export interface SimulateOptions {
  readonly data: DataSetName
  readonly path: string
  readonly policy: readonly NamedPolicy[]
  readonly seeds: number
  readonly rounds: number
  readonly floor: number
  readonly rewardScaling: 'none' | 'unit'
  readonly bins: number
  readonly json?: string
  readonly decisions?: string
}

export function addSimulate(program: Command, terminal: Terminal): void {
  program
    .command('simulate')
    .description('Plays policies against a data set in this process, learning after each round.')
    .addOption(new Option('--data <name>', 'the data set').choices(dataSetNames).makeOptionMandatory())
    .requiredOption('--path <file>', 'its file')
    .requiredOption('--policy <list>', 'NAME[:key=value[;key=value…]], several joined by commas', policies)
    .option('--seeds <n>', 'runs of each policy, with the seeds 0 … n − 1', wholeNumber(1, 10_000), 1)
    .option('--rounds <n>', 'rounds of each run', wholeNumber(1, 100_000_000), 2000)
    .option('--floor <share>', 'share of each draw that is spread uniformly', fraction, 0)
    .addOption(new Option('--reward-scaling <how>', 'unit: the model learns rewards scaled to [0, 1]').choices(['none', 'unit']).default('none'))
    .option('--bins <n>', 'also give each number this many one-hot bins (statlog, covertype)', wholeNumber(0, 128), 0)
    .option('--json <out>', 'write the report to this file')
    .option('--decisions <out>', 'write the chosen arms to this file, one run a line')
    .action(async (options: SimulateOptions) => {
      const { simulate } = await import('../simulate/simulate.ts')
      await simulate(options, terminal)
    })
}
