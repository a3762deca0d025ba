import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient, type ForageClient } from '@forage/client'
import { arrive, openShop, react, visitorsSoFar } from './visit.ts'

export interface DemoOptions {
  /** Where the server is. */
  readonly url: string
  readonly visitorsPerSecond?: number
  /** Told once when visits begin to fail, and once when they work again. */
  readonly onTrouble?: (message: string) => void
}

export interface Demo {
  /** No new visitors; resolves when the last call has ended. */
  stop(): Promise<void>
}

/** Visits under way beyond which arrivals wait: a slow server gets fewer visitors, not a growing queue. */
const MOST_AT_ONCE = 200
/** A visitor looks before clicking; well inside the reward window. */
const THINKING_MS = [200, 1200] as const

/**
 * Opens a small shop on the server and sends simulated visitors to it, through the HTTP API like any application. It goes on where
 * an earlier run on the same data stopped. Never throws: it says what fails through `onTrouble` and keeps trying.
 */
export function startDemo({ url, visitorsPerSecond = 40, onTrouble = warn }: DemoOptions): Demo {
  const stopping = new AbortController()
  const { signal } = stopping
  setMaxListeners(0, signal) // every visit under way listens
  const client = createClient({ url, retries: 1, timeoutMs: 5000 })
  const running = run(client, 1000 / visitorsPerSecond, noteTrouble(onTrouble), signal)
  return {
    stop: async () => {
      stopping.abort()
      await running
    },
  }
}

async function run(client: ForageClient, everyMs: number, note: (error: unknown) => void, signal: AbortSignal): Promise<void> {
  const visits = new Set<Promise<void>>()
  const visit = async (number: number) => {
    const shown = await arrive(client, number, { signal })
    await sleep(THINKING_MS[0] + ((number * 7919) % (THINKING_MS[1] - THINKING_MS[0])), undefined, { signal })
    await react(client, shown, { signal })
  }
  const attempt = async (action: () => Promise<unknown>): Promise<boolean> => {
    try {
      await action()
      if (!signal.aborted) note(null)
      return true
    } catch (error) {
      if (!signal.aborted) note(error)
      return false
    }
  }
  let next = 0
  const open = async () => {
    await openShop(client, signal)
    next = await visitorsSoFar(client, signal)
  }
  while (!signal.aborted && !(await attempt(open))) await pause(1000, signal)
  for (let due = performance.now(); !signal.aborted; due = Math.max(due + everyMs, performance.now() - 1000)) {
    await pause(Math.max(0, due - performance.now()), signal)
    if (signal.aborted || visits.size >= MOST_AT_ONCE) continue
    const number = next++
    const ended = attempt(() => visit(number)).then(() => void visits.delete(ended))
    visits.add(ended)
  }
  await Promise.all(visits)
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {}) // an abort ends the pause: the caller looks at the signal
}

/** Reports only changes: the first failure, and the first success after it. */
function noteTrouble(tell: (message: string) => void): (error: unknown) => void {
  let failing = false
  return (error) => {
    if ((error !== null) === failing) return
    failing = error !== null
    tell(failing ? `demo: visits fail, still trying: ${error instanceof Error ? error.message : String(error)}` : 'demo: visits work again')
  }
}

function warn(message: string): void {
  process.stderr.write(`${message}\n`)
}
