import type { z } from 'zod'

/** Says what a value must be, as the rest of the message of a faulty field; given to `safeParse` as its `error`. */
export function faultInWords(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : `must be ${nouns[issue.expected] ?? issue.expected}${kindOf(issue.input)}`
    case 'invalid_value':
      return mustBeOneOf(issue.values)
    case 'invalid_union':
      return Array.isArray(issue['options']) ? mustBeOneOf(issue['options']) : undefined
    case 'too_small':
      return `must ${issue.inclusive === false ? be(issue.origin, 'above', issue.minimum) : be(issue.origin, 'at least', issue.minimum)}`
    case 'too_big':
      return `must ${issue.inclusive === false ? be(issue.origin, 'below', issue.maximum) : be(issue.origin, 'at most', issue.maximum)}`
    default:
      return undefined
  }
}

const nouns: Readonly<Record<string, string>> = {
  number: 'a number', int: 'a whole number', string: 'text', boolean: 'true or false', object: 'an object', record: 'an object', array: 'a list', tuple: 'a list',
}

/** What it is instead, where that helps; the value itself may be long or secret. */
function kindOf(input: unknown): string {
  if (input === null) return ', not empty'
  if (Array.isArray(input)) return ', not a list'
  if (typeof input === 'object') return ', not an object'
  return typeof input === 'string' ? ', not text' : ''
}

function be(origin: string, relation: string, limit: number | bigint): string {
  if (origin === 'string') return `have ${relation} ${limit} ${limit === 1 ? 'character' : 'characters'}`
  if (origin === 'array' || origin === 'set' || origin === 'map') return `have ${relation} ${limit} ${limit === 1 ? 'entry' : 'entries'}`
  return `be ${relation} ${limit}`
}

function mustBeOneOf(values: readonly unknown[]): string {
  const names = values.map(String)
  return names.length === 1 ? `must be ${names[0]!}` : `must be ${names.slice(0, -1).join(', ')} or ${names.at(-1)!}`
}
