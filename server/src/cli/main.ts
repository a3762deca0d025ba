import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { failureOf } from './failures.ts'
import { createProgram } from './program.ts'
import { terminal } from './terminal.ts'

/** Runs the command line (`process.argv`) and leaves the exit code in `process.exitCode`. */
export async function main(argv: readonly string[]): Promise<void> {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0) // `forage … | head`
    throw error
  })
  try {
    await createProgram(terminal, packageVersion()).parseAsync(argv)
  } catch (error) {
    const { exitCode, message } = failureOf(error, Boolean(process.env['DEBUG']))
    if (message !== null) terminal.note(message)
    process.exitCode = exitCode
  }
}

function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as { version: string }
  return version
}
