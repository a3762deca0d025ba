import { ForageError } from '@forage/domain'

/**
 * JSON text that is the same for equal bodies: object keys in code unit order, no white space, `undefined` members left out.
 * @throws ForageError `internal` when the body has no JSON form
 */
export function canonicalJson(body: unknown): string {
  const text = JSON.stringify(body)
  if (text === undefined) throw new ForageError('internal', `a document's body must be JSON, not ${typeof body}`)
  return write(JSON.parse(text))
}

function write(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const object = value as Record<string, unknown>
  const members = Object.keys(object).sort().map((key) => `${JSON.stringify(key)}:${write(object[key])}`)
  return `{${members.join(',')}}`
}
