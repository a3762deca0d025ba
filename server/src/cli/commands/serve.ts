import type { Command } from 'commander'
import { notEmpty, wholeNumber } from '../options.ts'
import type { ServeOptions } from '../serve.ts'
import type { Terminal } from '../terminal.ts'

export function addServe(program: Command, terminal: Terminal): void {
  program
    .command('serve')
    .description('Runs the server with everything inside it: log, store and learner, in one data folder; with Kafka and Redis configured, a replica that `forage learn` teaches.')
    .option('--demo', 'add a small shop with simulated visitors')
    .option('--config <file>', 'apply this forage.yaml before serving', notEmpty)
    .option('--port <number>', 'port to listen on; 0 takes a free one (environment: PORT; default: 8080)', wholeNumber(0, 65_535))
    .option('--host <address>', 'address to listen on (environment: HOST; default: 127.0.0.1)', notEmpty)
    .option('--data <dir>', 'data folder (environment: FORAGE_DATA; default: ./data)', notEmpty)
    .option('--workers <n>', 'with Kafka and Redis: so many processes that share the port, for the cores of one machine (default: 1)', wholeNumber(1, 256))
    .action(async (options: ServeOptions) => {
      const { serve } = await import('../serve.ts')
      await serve(options, terminal)
    })
}
