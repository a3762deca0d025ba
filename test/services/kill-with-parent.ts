import { spawn } from 'node:child_process'
import type { Socket } from 'node:net'

/**
 * Runs a shell command about `what` ($0) when this process ends, in whatever way: then its end of the pipe closes. `dismiss` when there is
 * nothing left to do.
 */
export function killWithParent(command: string, what: string): { dismiss(): void } {
  const watcher = spawn('sh', ['-c', `cat; ${command}`, what], { stdio: ['pipe', 'ignore', 'ignore'], detached: true }) // a Ctrl-C is for its parent alone
  watcher.unref()
  ;(watcher.stdin as Socket).unref()
  return {
    dismiss() {
      try {
        process.kill(-watcher.pid!, 'SIGKILL')
      } catch {
        // gone already
      }
    },
  }
}
