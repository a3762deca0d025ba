import { readFileSync } from 'node:fs'
import { ForageFile } from '@forage/contracts'
import { ForageError } from '@forage/domain'
import { LineCounter, parseDocument } from 'yaml'
import { faultsOf, type Fault } from './yaml-faults.ts'

/** Reads and checks a forage.yaml. @throws ForageError `invalid_spec` naming every fault with its path and line */
export function readForageFile(path: string): ForageFile {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new ForageError('invalid_spec', `${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { path }, { cause })
  }
  return parseForageFile(text, path)
}

export function parseForageFile(text: string, path: string): ForageFile {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const syntax = document.errors.map(({ message, pos }) => ({ path: '', line: lines.linePos(pos[0]).line, message }))
  if (syntax.length > 0) throw refused(path, syntax)
  const parsed = ForageFile.safeParse(document.toJS() ?? {})
  if (!parsed.success) throw refused(path, faultsOf(parsed.error, document, lines))
  return parsed.data
}

function refused(file: string, faults: readonly Fault[]): ForageError {
  const listed = faults.map(({ path, line, message }) => `  ${file}${line === null ? '' : `:${line}`}${path === '' ? '' : `  ${path}`}: ${message}`)
  return new ForageError('invalid_spec', `${file} has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}\n${listed.join('\n')}`, { faults })
}
