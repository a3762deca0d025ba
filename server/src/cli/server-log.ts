import { pino, type Logger } from 'pino'

/** JSON on standard output, for machines. */
export function machineLog(level: string): Logger {
  return pino({ level, base: null })
}

/** A line of words for each record, for somebody at a terminal. */
export function readableLog(level: string, note: (text: string) => void): Logger {
  return pino({ level, base: null }, { write: (line: string) => note(inWords(JSON.parse(line) as LogRecord)) })
}

interface LogRecord extends Readonly<Record<string, unknown>> {
  readonly level: number
  readonly time: number
  readonly msg?: string
  readonly err?: { readonly message?: string }
}

/** `14:03:11 warn  slow request  method=PUT ms=364`, with the reason of an error at the end. */
function inWords({ level, time, msg = '', err, ...details }: LogRecord): string {
  const fields = Object.entries(details).map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  const what = [msg, fields.join(' ')].filter((part) => part !== '').join('  ')
  const name = pino.levels.labels[level] ?? String(level)
  return `${new Date(time).toTimeString().slice(0, 8)} ${name.padEnd(5)} ${what}${err?.message === undefined ? '' : `: ${err.message}`}`
}
