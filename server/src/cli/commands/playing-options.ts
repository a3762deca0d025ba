import { Option, type Command } from 'commander'
import { dataSetNames, fraction, wholeNumber, type DataSetName } from '../options.ts'

/** What every command that plays a policy against a data set is told. */
export interface PlayingOptions {
  readonly data: DataSetName
  readonly path: string
  readonly rounds: number
  readonly floor: number
  readonly rewardScaling: 'none' | 'unit'
  readonly bins: number
  readonly json?: string
  readonly decisions?: string
}

export function addDataSet(command: Command): Command {
  return command.addOption(new Option('--data <name>', 'the data set').choices(dataSetNames).makeOptionMandatory()).requiredOption('--path <file>', 'its file')
}

export function addModelSettings(command: Command): Command {
  return command
    .option('--floor <share>', 'share of each draw that is spread uniformly', fraction, 0)
    .addOption(new Option('--reward-scaling <how>', 'unit: the model learns rewards scaled to [0, 1]').choices(['none', 'unit']).default('none'))
    .option('--bins <n>', 'also give each number this many one-hot bins (statlog, covertype)', wholeNumber(0, 128), 0)
}

export function addOutputs(command: Command): Command {
  return command
    .option('--json <out>', 'write the report to this file')
    .option('--decisions <out>', 'write the chosen arms to this file, one run a line')
}
