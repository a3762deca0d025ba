import { readFileSync } from 'node:fs'
import { ForageFile } from '@forage/contracts'
import { ForageError } from '@forage/domain'
import { LineCounter, parseDocument } from 'yaml'
import { faultInWords } from '../../fault-in-words.ts'
import { definitionFaults } from './definition-faults.ts'
import { faultsOf, type Fault } from './yaml-faults.ts'

/** Reads a forage.yaml and checks all that can be checked without knowing what is stored. @throws ForageError `invalid_spec` naming every fault with its path and line */
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
  const file: unknown = document.toJS() ?? {}
  const parsed = ForageFile.safeParse(file, { error: faultInWords })
  const faults = faultsOf([...(parsed.error?.issues ?? []), ...definitionFaults(file)], document, lines)
  if (!parsed.success || faults.length > 0) throw refused(path, faults)
  return parsed.data
}

function refused(file: string, faults: readonly Fault[]): ForageError {
  const listed = faults.map(({ path, line, message }) => `  ${file}${line === null ? '' : `:${line}`}${path === '' ? '' : `  ${path}`}: ${message}`)
  return new ForageError('invalid_spec', `${file} has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}\n${listed.join('\n')}`, { faults })
}
