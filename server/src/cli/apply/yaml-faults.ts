import type { Document, LineCounter, Node } from 'yaml'
import type { z } from 'zod'
import type { DefinitionFault } from './definition-faults.ts'

export interface Fault {
  /** `placements.home.reward.range`; empty for the file as a whole. */
  readonly path: string
  readonly line: number | null
  readonly message: string
}

/** The faults of a file in its order, each with the line of the value (or the key) it is about. */
export function faultsOf(found: readonly (z.core.$ZodIssue | DefinitionFault)[], document: Document, lines: LineCounter): Fault[] {
  return found
    .flatMap((fault) => ('code' in fault ? explain(fault) : [fault]))
    .map(({ path, message }) => ({ path: path.map(String).join('.'), line: lineOf(document, path, lines), message }))
    .toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0))
}

function explain(issue: z.core.$ZodIssue, base: readonly PropertyKey[] = []): DefinitionFault[] {
  const path = [...base, ...issue.path]
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => ({ path: [...path, key], message: 'this field is not known' }))
  if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => ({ path, message }))
  if (issue.code === 'invalid_union' && issue.errors.length === 0) return [{ path, message: issue.message }]
  if (issue.code === 'invalid_union') {
    // the variant that came furthest is the one that was meant
    const meant = issue.errors.toSorted((a, b) => deepest(b) - deepest(a))[0]!
    return meant.flatMap((inner) => explain(inner, path))
  }
  return [{ path, message: issue.message }]
}

function deepest(issues: readonly z.core.$ZodIssue[]): number {
  return Math.max(...issues.map(({ path }) => path.length))
}

function lineOf(document: Document, path: readonly PropertyKey[], lines: LineCounter): number | null {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true) as Node | undefined
    const offset = node?.range?.[0]
    if (offset !== undefined) return lines.linePos(offset).line
  }
  return null
}
