import type { Command } from 'commander'
import { policies, wholeNumber } from '../options.ts'
import type { SimulateOptions } from '../simulate/simulate.ts'
import type { Terminal } from '../terminal.ts'
import { addDataSet, addModelSettings, addOutputs } from './playing-options.ts'

export function addSimulate(program: Command, terminal: Terminal): void {
  const command = program.command('simulate').description('Plays policies against a data set in this process, learning after each round.')
  addDataSet(command)
    .requiredOption('--policy <list>', 'NAME[:key=value[;key=value…]], several joined by commas', policies)
    .option('--seeds <n>', 'runs of each policy, with the seeds 0 … n − 1', wholeNumber(1, 10_000), 1)
    .option('--rounds <n>', 'rounds of each run', wholeNumber(1, 100_000_000), 2000)
  addModelSettings(command)
  addOutputs(command).action(async (options: SimulateOptions) => {
    const { simulate } = await import('../simulate/simulate.ts')
    await simulate(options, terminal)
  })
}
