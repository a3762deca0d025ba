/** How a call is tried again. Every call of this client is idempotent, so a retry never does a thing twice. */
export interface RetryPolicy {
  /** Tries after the first one. */
  readonly retries: number
  /** Mean wait before the first retry; it doubles up to `maxBackoffMs`. */
  readonly backoffMs: number
  readonly maxBackoffMs: number
}

const RETRYABLE: ReadonlySet<number> = new Set([0, 408, 425, 429, 502, 503, 504])

/** Statuses after which the same call may succeed; 0 is "no answer". */
export function isRetryable(status: number): boolean {
  return RETRYABLE.has(status)
}

/**
 * Milliseconds to wait before retry number `retry` (from 0): exponential with full jitter, so that clients which failed together do
 * not come back together. The server's `Retry-After` is a lower bound.
 */
export function waitBefore(retry: number, policy: RetryPolicy, retryAfterMs: number | null, random: () => number): number {
  const ceiling = Math.min(policy.maxBackoffMs, 2 * policy.backoffMs * 2 ** retry)
  return (retryAfterMs ?? 0) + random() * ceiling
}

/** `Retry-After` in milliseconds (RFC 9110 §10.2.3: seconds or a date); null when absent or unreadable. */
export function readRetryAfter(header: string | null, nowMs: number): number | null {
  if (header === null || header.trim() === '') return null
  const seconds = Number(header)
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000)
  const date = Date.parse(header)
  return Number.isNaN(date) ? null : Math.max(0, date - nowMs)
}

/**
 * Bounds retries to a share of the traffic: a retry costs one token, a success earns a tenth of one. A server that is down for
 * everybody is then asked at most 1.1 times as often as a healthy one, once the first `capacity` tokens are gone.
 */
export class RetryBudget {
  readonly #capacity: number
  #tokens: number
  constructor(capacity: number) {
    this.#capacity = capacity
    this.#tokens = capacity
  }
  take(): boolean {
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }
  earn(): void {
    this.#tokens = Math.min(this.#capacity, this.#tokens + 0.1)
  }
}
