import { apiErrorOf, ForageApiError } from './api-error.ts'
import { isRetryable, readRetryAfter, waitBefore, type RetryBudget, type RetryPolicy } from './retry.ts'

/** The part of `fetch` this client needs: the global one fits, and so does any transport of your own. */
export type FetchLike = (
  url: string,
  init: { method: string; headers: Record<string, string>; body?: string; signal: AbortSignal },
) => Promise<{ readonly status: number; readonly headers: { get(name: string): string | null }; text(): Promise<string> }>

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT'
  /** Path and query, from `/` on. */
  readonly path: string
  readonly body?: unknown
  readonly headers?: Record<string, string>
  /** False for a call whose repetition could answer differently. */
  readonly repeatable?: boolean
  readonly timeoutMs?: number
  readonly signal?: AbortSignal | undefined
}

export interface Caller {
  readonly url: string
  readonly timeoutMs: number
  readonly retry: RetryPolicy
  readonly budget: RetryBudget
  readonly fetch: FetchLike
  readonly random: () => number
}

/** Sends one call, with its retries. @throws ForageApiError */
export async function send<T>(caller: Caller, call: Call): Promise<T> {
  const body = call.body === undefined ? undefined : JSON.stringify(call.body)
  for (let retry = 0; ; retry++) {
    const outcome = await tryOnce(caller, call, body)
    if (!(outcome instanceof Failure)) {
      caller.budget.earn()
      return outcome.value as T
    }
    const again = call.repeatable !== false && isRetryable(outcome.error.status) && outcome.error.code !== 'aborted'
    if (!again || retry >= caller.retry.retries || !caller.budget.take()) throw outcome.error
    await sleep(waitBefore(retry, caller.retry, outcome.retryAfterMs, caller.random), call.signal)
  }
}

class Failure {
  readonly error: ForageApiError
  readonly retryAfterMs: number | null
  constructor(error: ForageApiError, retryAfterMs: number | null = null) {
    this.error = error
    this.retryAfterMs = retryAfterMs
  }
}

async function tryOnce(caller: Caller, call: Call, body: string | undefined): Promise<{ value: unknown } | Failure> {
  const url = caller.url + call.path
  const timeoutMs = call.timeoutMs ?? caller.timeoutMs
  const timeout = new AbortController()
  const timer = setTimeout(() => timeout.abort(), timeoutMs)
  const signal = call.signal === undefined ? timeout.signal : AbortSignal.any([timeout.signal, call.signal])
  try {
    const headers = { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...call.headers }
    const answer = await caller.fetch(url, { method: call.method, headers, signal, ...(body === undefined ? {} : { body }) })
    const text = await answer.text()
    if (answer.status >= 400) return new Failure(apiErrorOf(answer.status, text, url), readRetryAfter(answer.headers.get('retry-after'), Date.now()))
    return { value: JSON.parse(text) as unknown }
  } catch (cause) {
    return new Failure(noAnswer(url, timeoutMs, timeout.signal.aborted, call.signal?.aborted === true, cause))
  } finally {
    clearTimeout(timer)
  }
}

function noAnswer(url: string, timeoutMs: number, timedOut: boolean, aborted: boolean, cause: unknown): ForageApiError {
  if (aborted) return new ForageApiError(0, 'aborted', `the call to ${url} was aborted`, [], { cause })
  if (timedOut) return new ForageApiError(0, 'timeout', `${url} did not answer within ${timeoutMs} ms`, [], { cause })
  return new ForageApiError(0, 'unreachable', `${url} cannot be reached: ${reasonOf(cause)}`, [], { cause })
}

/** `fetch` hides the system's reason in `cause`. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message || ((error as { code?: string }).code ?? error.name)
}

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const aborted = () => {
      clearTimeout(timer)
      reject(new ForageApiError(0, 'aborted', 'the call was aborted between two tries'))
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', aborted)
      resolve()
    }, ms)
    if (signal?.aborted === true) aborted()
    else signal?.addEventListener('abort', aborted, { once: true })
  })
}
