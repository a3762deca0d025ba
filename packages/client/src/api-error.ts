import type { Problem } from '@forage/contracts'

export type FieldFault = NonNullable<Problem['errors']>[number]

/**
 * What a call failed with. `status` is the HTTP status, or 0 when no answer came: then `code` is `timeout`, `unreachable` or
 * `aborted`. Otherwise `code` is the server's error code (`docs/errors.md`) and `errors` names each faulty field.
 */
export class ForageApiError extends Error {
  override readonly name = 'ForageApiError'
  readonly status: number
  readonly code: string
  readonly errors: readonly FieldFault[]
  constructor(status: number, code: string, message: string, errors: readonly FieldFault[] = [], options?: ErrorOptions) {
    super(message, options)
    this.status = status
    this.code = code
    this.errors = errors
  }
}

/** Reads an error answer; a body that is no problem+json (a proxy's page) becomes code `http_<status>`. */
export function apiErrorOf(status: number, body: string, url: string): ForageApiError {
  const problem = problemOf(body)
  if (problem === null) return new ForageApiError(status, `http_${status}`, `${url} answered ${status}`)
  const errors = problem.errors ?? []
  const untold = errors.filter(({ message }) => !problem.detail.includes(message))
  const faults = untold.map(({ field, message }) => `${field}: ${message}`).join('; ')
  return new ForageApiError(status, problem.code, faults === '' ? problem.detail : `${problem.detail} (${faults})`, errors)
}

function problemOf(body: string): Problem | null {
  try {
    const parsed = JSON.parse(body) as Problem | null
    return typeof parsed?.code === 'string' && typeof parsed.detail === 'string' ? parsed : null
  } catch {
    return null
  }
}
