import { errorCodes, ForageError } from '@forage/domain'
import type { Timers } from './timers.ts'

const FIRST_MS = 50
const LONGEST_MS = 5000

/** Trying again can help: the other side is away, not wrong. An error that is not ours came from a driver's depths. */
export function isTransient(error: unknown): boolean {
  return !(error instanceof ForageError) || errorCodes[error.code].retryable
}

/** Runs `action` until it succeeds, ever more slowly; gives up when the error is not transient or `stopped` is aborted. */
export async function retry<T>(action: () => Promise<T>, timers: Timers, stopped: AbortSignal, onError: (error: unknown) => void): Promise<T> {
  for (let wait = FIRST_MS; ; wait = Math.min(wait * 2, LONGEST_MS)) {
    try {
      return await action()
    } catch (error) {
      if (!isTransient(error) || stopped.aborted) throw error
      onError(error)
      await pause(wait, timers, stopped)
      if (stopped.aborted) throw error
    }
  }
}

function pause(ms: number, timers: Timers, stopped: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      cancel()
      stopped.removeEventListener('abort', done)
      resolve()
    }
    const cancel = timers.after(ms, done)
    stopped.addEventListener('abort', done)
  })
}
