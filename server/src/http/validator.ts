import type { ForageError } from '@forage/domain'
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js'
import { z } from 'zod'
import { faultInWords } from '../fault-in-words.ts'
import { refusal, type FieldFault } from './problem.ts'

const ajv = new Ajv2020({ allErrors: false, strict: false, validateFormats: false, strictNumbers: true, ownProperties: true, messages: true })

/** Turns patterns of the contracts into the sentence the contracts give them. */
const sentences = new Map<string, string>()

/** Remembers a schema's own words for its pattern: JSON Schema carries the pattern only. */
export function explainPattern(schema: z.ZodType): void {
  const { pattern } = z.toJSONSchema(schema) as { pattern?: string }
  const message = schema.safeParse('').error?.issues[0]?.message
  if (pattern !== undefined && message !== undefined) sentences.set(pattern, message)
}

/**
 * Compiles a zod schema for a hot path: the schema stays the one source, ajv checks ~15 times as fast. Stops at the first fault, so that
 * a bad body costs no more than a good one. What JSON Schema cannot say (refinements, features) is the caller's to check.
 * @param opaque JSON pointers below which everything passes here, because a hand-written check follows
 */
export function compileValidator(schema: z.ZodType, opaque: readonly (readonly string[])[] = []): (value: unknown) => ForageError | null {
  const json = z.toJSONSchema(schema, { io: 'input', reused: 'inline' })
  for (const path of opaque) cut(json, path)
  const check = ajv.compile(json)
  return (value) => (check(value) ? null : refusal('invalid_request', [describe(check.errors!)]))
}

function cut(json: unknown, path: readonly string[]): void {
  let node = json as Record<string, unknown>
  if (typeof node['$ref'] === 'string') node = (node['$defs'] as Record<string, Record<string, unknown>>)[node['$ref'].slice('#/$defs/'.length)]!
  for (const step of path) node = node[step] as Record<string, unknown>
  for (const key of Object.keys(node)) if (key !== 'type') delete node[key]
}

function describe(errors: readonly ErrorObject[]): FieldFault {
  const error = errors[0]!
  const at = dotted(error.instancePath)
  const params = error.params as Record<string, unknown>
  if (error.keyword === 'additionalProperties') return { field: joined(at, String(params['additionalProperty'])), message: 'is not a known field' }
  if (error.keyword === 'required') return { field: joined(at, String(params['missingProperty'])), message: 'is missing' }
  if (error.keyword === 'pattern') return { field: at || 'body', message: sentences.get(String(params['pattern'])) ?? error.message ?? 'is not valid' }
  return { field: at || 'body', message: error.message ?? 'is not valid' }
}

function joined(at: string, name: string): string {
  return at === '' ? name : `${at}.${name}`
}

function dotted(pointer: string): string {
  return pointer.slice(1).replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~')
}

/** Parses with zod itself, for routes that are not hot: all faults are named. @throws ForageError `invalid_request` */
export function parseWith<T extends z.ZodType>(schema: T, value: unknown, prefix = ''): z.output<T> {
  const parsed = schema.safeParse(value, { error: faultInWords })
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.flatMap((issue): FieldFault[] => {
    const at = [prefix, ...issue.path].filter((part) => part !== '').join('.')
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => ({ field: joined(at, key), message: 'is not a known field' }))
    return [{ field: at || 'body', message: issue.message }]
  })
  throw refusal('invalid_request', faults.slice(0, 20))
}
