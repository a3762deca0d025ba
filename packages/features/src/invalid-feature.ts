import { ForageError } from '@forage/domain'

const SHOWN = 60

/** The error of a feature that is not what its field wants; names the field and both sides of the disagreement. */
export function invalidFeature(field: string, expected: string, got: unknown): ForageError {
  return new ForageError('invalid_feature', `${field}: expected ${expected}, got ${describe(got)}`, { field, expected })
}

function describe(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value === 'object') return 'an object'
  if (typeof value !== 'string') return String(value)
  return JSON.stringify(value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value)
}
