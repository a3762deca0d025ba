import { fork, type ChildProcess } from 'node:child_process'
import { killWithParent } from '../../services/kill-with-parent.ts'

/** A process of ours that runs TypeScript source and does not outlive this one, not even frozen. */
export class Child {
  readonly process: ChildProcess
  readonly #ended: Promise<void>
  #frozen = false

  /** @param onMessage what it sends over IPC */
  constructor(script: string, args: readonly string[], env: Record<string, string> = {}, onMessage: (message: unknown) => void = () => {}) {
    this.process = fork(script, args, { execArgv: ['--conditions=source', '--import', 'tsx'], stdio: ['ignore', 'ignore', 'inherit', 'ipc'], env: { ...process.env, NODE_NO_WARNINGS: '1', ...env } })
    this.process.on('message', onMessage)
    const watcher = killWithParent('kill -9 "$0"', String(this.process.pid))
    this.#ended = new Promise((resolve) => void this.process.once('exit', () => resolve()))
    void this.#ended.then(() => watcher.dismiss())
  }

  get running(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null
  }

  get frozen(): boolean {
    return this.#frozen
  }

  async kill(): Promise<void> {
    this.process.kill('SIGKILL')
    await this.#ended
  }

  freeze(): void {
    this.#frozen = true
    this.process.kill('SIGSTOP')
  }

  thaw(): void {
    this.#frozen = false
    this.process.kill('SIGCONT')
  }

  /** SIGTERM; an error when it takes too long or does not end with 0. */
  async stop(withinMs = 20_000): Promise<void> {
    if (!this.running) return
    this.process.kill('SIGTERM')
    let late: NodeJS.Timeout | undefined
    const timeout = new Promise<'late'>((resolve) => (late = setTimeout(() => resolve('late'), withinMs)))
    const outcome = await Promise.race([this.#ended, timeout])
    clearTimeout(late)
    if (outcome === 'late') {
      await this.kill()
      throw new Error(`did not end within ${withinMs} ms of SIGTERM`)
    }
    if (this.process.exitCode !== 0) throw new Error(`ended with ${this.process.exitCode ?? this.process.signalCode} after SIGTERM`)
  }
}
