import { CommanderError } from 'commander'

/** 0 is success, 1 a failure of what was asked, 2 a command line that says nothing we know. */
export type ExitCode = 0 | 1 | 2

/** The exit code of an error that reached the end of the program, and what to tell the user (null: it was told already). */
export function failureOf(error: unknown, debug: boolean): { exitCode: ExitCode; message: string | null } {
  if (error instanceof CommanderError) return { exitCode: error.exitCode === 0 ? 0 : 2, message: null }
  if (!(error instanceof Error)) return { exitCode: 1, message: `forage: ${String(error)}` }
  if (debug) return { exitCode: 1, message: error.stack ?? error.message }
  const code = (error as { code?: unknown }).code
  const known = typeof code === 'string' && !error.message.includes(code) ? ` (${code})` : ''
  const [first, ...rest] = error.message.split('\n')
  return { exitCode: 1, message: [`forage: ${first!}${known}`, ...rest].join('\n') }
}
