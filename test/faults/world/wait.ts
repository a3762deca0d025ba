import { setTimeout as pause } from 'node:timers/promises'

/** Asks every `everyMs` until it holds. An `ask` that throws has not held. */
export async function waitUntil(what: string, ask: () => boolean | Promise<boolean>, withinMs = 60_000, everyMs = 20): Promise<void> {
  const end = performance.now() + withinMs
  for (;;) {
    let holds = false
    try {
      holds = await ask()
    } catch {
      // asked again
    }
    if (holds) return
    if (performance.now() > end) throw new Error(`${what}: not within ${withinMs} ms`)
    await pause(everyMs)
  }
}
