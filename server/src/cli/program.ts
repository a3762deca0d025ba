import { Command } from 'commander'
import { addApply } from './commands/apply.ts'
import { addDrive } from './commands/drive.ts'
import { addLearn } from './commands/learn.ts'
import { addReplay } from './commands/replay.ts'
import { addServe } from './commands/serve.ts'
import { addSimulate } from './commands/simulate.ts'
import type { Terminal } from './terminal.ts'

/** The command line: names, options, help. What a command does is imported when it runs, so that `serve` starts fast. */
export function createProgram(terminal: Terminal, version: string): Command {
  const program = new Command('forage')
    .description('Decides what to show, learns from what happens, and proves which way of deciding is better.')
    .version(version)
    .exitOverride()
    .configureOutput({ writeErr: (text) => terminal.note(text.trimEnd()), writeOut: (text) => terminal.out(text.trimEnd()) })
    .showHelpAfterError('Try it with --help.')
  addServe(program, terminal)
  addLearn(program, terminal)
  addApply(program, terminal)
  addReplay(program, terminal)
  addSimulate(program, terminal)
  addDrive(program, terminal)
  return program
}
