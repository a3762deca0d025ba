import { hash32, type EncoderSpec } from '@forage/domain'

/** Raise it whenever the same spec starts to give other vectors: a posterior belongs to one version. */
const ALGORITHM = 1

/** Eight hexadecimal digits that name a spec, whatever the order of its keys, and the algorithm that reads it. */
export function encoderVersion(spec: EncoderSpec): string {
  return hash32(`${ALGORITHM}:${canonical(spec)}`).toString(16).padStart(8, '0')
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined)
  entries.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(',')}}`
}
