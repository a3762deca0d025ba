import { InvalidArgumentError, type Command } from 'commander'
import { httpUrl, notEmpty, wholeNumber } from '../options.ts'
import type { ReplayOptions } from '../replay/replay.ts'
import type { Terminal } from '../terminal.ts'

export function addReplay(program: Command, terminal: Terminal): void {
  program
    .command('replay')
    .description('Folds the log from its start and compares the posterior with the stored one. Only reads; a server may be running.')
    .option('--data <dir>', 'data folder (environment: FORAGE_DATA; default: ./data, or the fleet of FORAGE_KAFKA_BROKERS)', notEmpty)
    .option('--url <url>', 'compare with what this running server serves now, instead of with the stored checkpoint', httpUrl)
    .option('--verify-decisions <n>', 'also recompute this many logged decisions, spread evenly over the log, or "all"', decisionCount)
    .option('--json', 'print one JSON object')
    .action(async (options: ReplayOptions) => {
      const { replayCommand } = await import('../replay/replay.ts')
      await replayCommand(options, terminal)
    })
}

function decisionCount(text: string): number {
  if (text === 'all') return Number.POSITIVE_INFINITY
  try {
    return wholeNumber(1)(text)
  } catch {
    throw new InvalidArgumentError('It must be a whole number from 1, or "all".')
  }
}
