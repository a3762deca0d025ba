/** Where a command writes: answers to `out`, everything said on the way to `note`. */
export interface Terminal {
  out(text: string): void
  note(text: string): void
  /** Somebody is watching: progress bars make sense. */
  readonly interactive: boolean
}

export const terminal: Terminal = {
  out: (text) => void process.stdout.write(`${text}\n`),
  note: (text) => void process.stderr.write(`${text}\n`),
  interactive: process.stderr.isTTY === true,
}

/** Rows as text in columns; columns of numbers are set to the right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows]
  const widths = header.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)))
  const numeric = header.map((_, column) => rows.every((row) => /^-?[\d.]+( %)?$/.test(row[column] ?? '')))
  const line = (row: readonly string[]) =>
    row.map((cell, column) => (numeric[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!))).join('  ').trimEnd()
  return all.map(line).join('\n')
}
