import type { Command } from 'commander'
import type { DriveOptions } from '../drive/drive-options.ts'
import { httpUrl, numberRange, policy, wholeNumber } from '../options.ts'
import type { Terminal } from '../terminal.ts'
import { addDataSet, addModelSettings, addOutputs } from './playing-options.ts'

export function addDrive(program: Command, terminal: Terminal): void {
  const command = program.command('drive').description('Plays one policy against a data set through the HTTP API of a running server.')
  addDataSet(command)
    .requiredOption('--url <url>', 'the server', httpUrl)
    .requiredOption('--policy <policy>', 'NAME[:key=value[;key=value…]]', policy)
    .option('--rounds <n>', 'rounds', wholeNumber(1, 100_000_000), 2000)
    .option('--seed <n>', 'seed of the stream and of the decision ids', wholeNumber(0), 0)
    .option('--concurrency <n>', 'rounds at the same time', wholeNumber(1, 1024), 1)
    .option('--wait-learned', 'learn from each round before the next one: the decisions equal those of simulate')
  addModelSettings(command)
    .option('--placement <name>', 'placement to use (default: one named after data set, seed, policy and settings)')
    .option('--feedback-repeat <min-max>', 'send each feedback this many times', numberRange)
    .option('--shuffle', 'send feedback in another order than the decisions')
    .option('--patience <seconds>', 'go on this long without an answer, e.g. while the server restarts', wholeNumber(1, 86_400), 60)
  addOutputs(command).action(async (options: DriveOptions) => {
    if (options.waitLearned === true && options.concurrency !== 1) command.error("error: option '--wait-learned' needs '--concurrency 1'")
    const { drive } = await import('../drive/drive.ts')
    await drive(options, terminal)
  })
}
