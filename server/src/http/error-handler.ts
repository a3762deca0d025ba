import { randomUUID } from 'node:crypto'
import { ForageError } from '@forage/domain'
import type { ErrorRequestHandler } from 'express'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import { errorStatus } from './error-status.ts'
import { refusal, sendProblem } from './problem.ts'

export type Fail = (request: IncomingMessage, response: ServerResponse, error: unknown) => void

/** Makes the one place where errors become answers: 5xx are logged with an id that the answer carries, never a stack to the client. */
export function createFail(logger: Logger): Fail {
  return (request, response, error) => {
    const known = toForageError(error)
    if (errorStatus[known.code] < 500) return sendProblem(response, known)
    const requestId = randomUUID()
    const level = known.code === 'internal' ? 'error' : 'warn'
    logger[level]({ requestId, method: request.method, path: request.url?.split('?')[0], code: known.code, details: known.details, err: error }, known.message)
    sendProblem(response, known, requestId)
  }
}

function toForageError(error: unknown): ForageError {
  if (error instanceof ForageError) return error
  if (error instanceof URIError) return refusal('invalid_request', [{ field: 'path', message: 'is not valid percent-encoding' }])
  return new ForageError('internal', error instanceof Error ? error.message : String(error), {}, { cause: error })
}

export function errorHandler(fail: Fail): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return (error, request, response, _next) => fail(request, response, error)
}
