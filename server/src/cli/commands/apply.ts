import { Option, type Command } from 'commander'
import type { ApplyOptions } from '../apply/apply.ts'
import { httpUrl, notEmpty } from '../options.ts'
import type { Terminal } from '../terminal.ts'

export function addApply(program: Command, terminal: Terminal): void {
  program
    .command('apply')
    .description('Writes the placements and catalogs of a forage.yaml; what is already so keeps its version.')
    .argument('<file>', 'the forage.yaml')
    .addOption(new Option('--url <url>', 'a running server (default: http://127.0.0.1:8080)').argParser(httpUrl).conflicts('data'))
    .option('--data <dir>', 'a data folder instead; a server that runs on it notices', notEmpty)
    .action(async (file: string, options: ApplyOptions) => {
      const { apply } = await import('../apply/apply.ts')
      await apply(file, options, terminal)
    })
}
