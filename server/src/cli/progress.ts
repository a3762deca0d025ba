import cliProgress from 'cli-progress'
import type { Terminal } from './terminal.ts'

export interface Progress {
  update(done: number): void
  stop(): void
}

/** A bar where somebody watches; otherwise a line for each tenth of the way. */
export function startProgress(label: string, total: number, terminal: Terminal): Progress {
  if (!terminal.interactive) return plainLines(label, total, terminal)
  const bar = new cliProgress.SingleBar({ format: `${label} [{bar}] {value}/{total} · {eta_formatted} left`, hideCursor: true, clearOnComplete: true })
  bar.start(total, 0)
  return { update: (done) => bar.update(done), stop: () => bar.stop() }
}

function plainLines(label: string, total: number, terminal: Terminal): Progress {
  let tenth = 0
  return {
    update: (done) => {
      const reached = Math.floor((10 * done) / total)
      if (reached > tenth) terminal.note(`${label}: ${done}/${total}`)
      tenth = Math.max(tenth, reached)
    },
    stop: () => {},
  }
}
