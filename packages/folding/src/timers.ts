/** Every way in which folding touches time; tests bring their own. */
export interface Timers {
  /** Milliseconds from any fixed start, never going back. */
  now(): number
  /** Calls `action` after `ms` milliseconds, unless the returned function was called before. */
  after(ms: number, action: () => void): () => void
  /** Resolves after everything else that is waiting in the event loop had its turn. */
  turn(): Promise<void>
}

export const realTimers: Timers = {
  now: () => performance.now(),
  after(ms, action) {
    const timer = setTimeout(action, ms)
    return () => clearTimeout(timer)
  },
  turn: () => new Promise((resolve) => void setImmediate(resolve)),
}
