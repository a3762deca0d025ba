import type { Command } from 'commander'
import type { LearnOptions } from '../learn.ts'
import { notEmpty, wholeNumber } from '../options.ts'
import type { Terminal } from '../terminal.ts'

export function addLearn(program: Command, terminal: Terminal): void {
  program
    .command('learn')
    .description('Runs a learner for a fleet: it shares the partitions of the log with all others on the same Kafka and Redis.')
    .option('--port <number>', 'port of its probes and metrics; 0 takes a free one (environment: PORT; default: 8080)', wholeNumber(0, 65_535))
    .option('--host <address>', 'address to listen on (environment: HOST; default: 127.0.0.1)', notEmpty)
    .action(async (options: LearnOptions) => {
      const { learn } = await import('../learn.ts')
      await learn(options, terminal)
    })
}
