import { errorCodes, ForageError, type ErrorCode } from '@forage/domain'
import type { ServerResponse } from 'node:http'
import { errorStatus } from './error-status.ts'

export interface FieldFault {
  /** A path such as `candidates.3.features.price`. */
  readonly field: string
  readonly message: string
}

/** A refusal that names the fields at fault. */
export function refusal(code: ErrorCode, faults: readonly FieldFault[]): ForageError {
  const detail = faults.map(({ field, message }) => `${field} ${message}`).join('; ')
  return new ForageError(code, detail, { errors: faults })
}

export function fieldFaults(error: ForageError): readonly FieldFault[] {
  const { errors, field } = error.details
  if (Array.isArray(errors)) return errors as FieldFault[]
  return typeof field === 'string' ? [{ field, message: error.message }] : []
}

/** Answers with RFC 9457 problem details. What a 5xx failed at is for the log, not for the client: it gets the code's meaning. */
export function sendProblem(response: ServerResponse, error: ForageError, requestId?: string): void {
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  const { code } = error
  const status = errorStatus[code]
  const { meaning, retryable } = errorCodes[code]
  const faults = fieldFaults(error)
  const body = Buffer.from(
    JSON.stringify({
      type: `urn:forage:error:${code}`,
      title: meaning,
      status,
      code,
      detail: status >= 500 ? meaning : error.message.slice(0, 2000),
      ...(requestId === undefined ? {} : { instance: `urn:forage:request:${requestId}` }),
      ...(faults.length > 0 ? { errors: faults.map(({ field, message }) => ({ field: field.slice(0, 300), message: message.slice(0, 500) })) } : {}),
    }),
  )
  const headers: Record<string, string | number> = {
    'content-type': 'application/problem+json',
    'content-length': body.length,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  }
  if (retryable && status >= 500) headers['retry-after'] = 1
  if (code === 'body_too_large' || code === 'shutting_down') headers['connection'] = 'close' // the rest of the body is not worth reading
  if (typeof error.details['allow'] === 'string') headers['allow'] = error.details['allow']
  response.writeHead(status, headers)
  response.end(body)
}
