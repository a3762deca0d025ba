import { ForageError } from '@forage/domain'
import { CsvError, parse } from 'csv-parse/sync'
import { readFile } from 'node:fs/promises'

export interface CsvRow {
  /** Counted from 1, for messages. */
  readonly line: number
  readonly cells: readonly string[]
}

export interface CsvShape {
  /** What the file is, for messages: `UCI mushroom (agaricus-lepiota.data)`. */
  readonly what: string
  readonly columns: number
  /** Is the first line a header? */
  readonly header: boolean
}

/**
 * Reads a comma-separated file whole.
 * @throws ForageError `not_found` without a readable file at `path`, `invalid_request` when a line does not have the right shape
 */
export async function readCsv(path: string, shape: CsvShape): Promise<CsvRow[]> {
  const rows = parseText(await readText(path, shape), path, shape)
  if (shape.header) rows.shift()
  if (rows.length === 0) throw malformed(path, shape, 1, 'the file has no rows')
  for (const { line, cells } of rows)
    if (cells.length !== shape.columns) throw malformed(path, shape, line, `expected ${shape.columns} columns, got ${cells.length}`)
  return rows
}

/** @throws ForageError `invalid_request` naming the line and column when the cell is not a number */
export function numberIn(row: CsvRow, column: number, path: string, shape: CsvShape): number {
  const cell = row.cells[column]!
  const value = Number(cell)
  if (cell.trim() === '' || !Number.isFinite(value)) throw malformed(path, shape, row.line, `column ${column + 1} must be a number, got ${JSON.stringify(cell)}`)
  return value
}

export function malformed(path: string, { what }: CsvShape, line: number, problem: string): ForageError {
  return new ForageError('invalid_request', `${path} is not ${what}: line ${line}: ${problem}`, { path, line })
}

async function readText(path: string, { what }: CsvShape): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code
    const problem = reason === 'ENOENT' ? 'there is no such file' : reason === 'EISDIR' ? 'it is a folder, not the file' : `it cannot be read (${reason ?? 'unknown'})`
    throw new ForageError('not_found', `cannot read ${what} at ${path}: ${problem}`, { path }, { cause })
  }
}

function parseText(text: string, path: string, shape: CsvShape): CsvRow[] {
  try {
    const parsed = parse(text, { info: true, relax_column_count: true, skip_empty_lines: true }) as unknown as { info: { lines: number }; record: string[] }[]
    return parsed.map(({ info, record }) => ({ line: info.lines, cells: record }))
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause
    throw malformed(path, shape, Number(cause['lines'] ?? 1), cause.message)
  }
}
