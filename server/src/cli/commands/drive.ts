import { Option, type Command } from 'commander'
import { dataSetNames, fraction, httpUrl, numberRange, policy, wholeNumber, type DataSetName, type NamedPolicy } from '../options.ts'
import type { Terminal } from '../terminal.ts'

export interface DriveOptions {
  readonly data: DataSetName
  readonly path: string
  readonly url: string
  readonly policy: NamedPolicy
  readonly rounds: number
  readonly seed: number
  readonly concurrency: number
  readonly waitLearned?: boolean
  readonly floor: number
  readonly rewardScaling: 'none' | 'unit'
  readonly bins: number
  readonly placement?: string
  readonly feedbackRepeat?: [number, number]
  readonly shuffle?: boolean
  readonly patience: number
  readonly json?: string
  readonly decisions?: string
}

export function addDrive(program: Command, terminal: Terminal): void {
  program
    .command('drive')
    .description('Plays one policy against a data set through the HTTP API of a running server.')
    .addOption(new Option('--data <name>', 'the data set').choices(dataSetNames).makeOptionMandatory())
    .requiredOption('--path <file>', 'its file')
    .requiredOption('--url <url>', 'the server', httpUrl)
    .requiredOption('--policy <policy>', 'NAME[:key=value[;key=value…]]', policy)
    .option('--rounds <n>', 'rounds', wholeNumber(1, 100_000_000), 2000)
    .option('--seed <n>', 'seed of the stream and of the decision ids', wholeNumber(0), 0)
    .option('--concurrency <n>', 'rounds at the same time', wholeNumber(1, 1024), 1)
    .option('--wait-learned', 'learn from each round before the next one: the decisions equal those of simulate')
    .option('--floor <share>', 'share of each draw that is spread uniformly', fraction, 0)
    .addOption(new Option('--reward-scaling <how>', 'unit: the model learns rewards scaled to [0, 1]').choices(['none', 'unit']).default('none'))
    .option('--bins <n>', 'also give each number this many one-hot bins (statlog, covertype)', wholeNumber(0, 128), 0)
    .option('--placement <name>', 'placement to use (default: one named after data set, seed, policy and settings)')
    .option('--feedback-repeat <min-max>', 'send each feedback this many times', numberRange)
    .option('--shuffle', 'send feedback in another order than the decisions')
    .option('--patience <seconds>', 'go on this long without an answer, e.g. while the server restarts', wholeNumber(1, 86_400), 60)
    .option('--json <out>', 'write the report to this file')
    .option('--decisions <out>', 'write the chosen arms to this file, one run a line')
    .action(async (options: DriveOptions, command: Command) => {
      if (options.waitLearned === true && options.concurrency !== 1) command.error("error: option '--wait-learned' needs '--concurrency 1'")
      const { drive } = await import('../drive/drive.ts')
      await drive(options, terminal)
    })
}
