import { ForageError } from '@forage/domain'

/** Every fault of a client library or server in our words. */
export function failureOf(cause: unknown, doing: string): ForageError {
  if (cause instanceof ForageError) return cause
  const message = cause instanceof Error ? cause.message : String(cause)
  const reply = /^(?:ERR )?([A-Z]+) /.exec(message)?.[1] ?? null
  if (/\bWRONGTYPE\b/.test(message)) return new ForageError('corrupt_state', `Redis, ${doing}: ${message}`, { doing, reply }, { cause })
  if (/\bCROSSSLOT\b/.test(message)) return new ForageError('internal', `Redis, ${doing}: ${message}`, { doing, reply }, { cause })
  return new ForageError('store_unavailable', `Redis, ${doing}: ${message}`, { doing, reply }, { cause })
}

export const closedFailure = (): ForageError => new ForageError('store_unavailable', 'the store is closed')
