import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { killWithParent } from './kill-with-parent.ts'

export { freePort } from './ports.ts'

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

export const hasRedisBinary = (): boolean => spawnSync('redis-server', ['--version']).status === 0

/** One command on a connection of its own; the raw answer, so that tests need no client library. */
export async function redisCommand(port: number, ...words: string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    socket.write(`*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`)
    const [answer] = (await once(socket, 'data')) as [Buffer]
    return answer.toString()
  } finally {
    socket.destroy()
  }
}

/** Asks until the answer fits; starting and electing take what they take. */
export async function until(what: string, ask: () => Promise<boolean>, withinMs = 20_000): Promise<void> {
  const end = performance.now() + withinMs
  while (!(await ask().catch(() => false))) {
    if (performance.now() > end) throw new Error(`${what}: not within ${withinMs} ms`)
    await pause(10)
  }
}

/** A Redis process with a data folder of its own; AOF is on and synced every second. */
export class RedisProcess {
  readonly port: number
  readonly folder: string
  readonly #settings: readonly string[]
  #child: ChildProcess | null = null

  /** `folder`: an existing one, which `stop` would remove too; a new one by default. */
  constructor(port: number, settings: readonly string[], folder = mkdtempSync(join(tmpdir(), 'forage-redis-'))) {
    this.port = port
    this.folder = folder
    this.#settings = settings
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  /** Starts it (again, on the same folder) and waits until it answers. */
  async start(): Promise<void> {
    const base = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.folder, '--save', '', '--appendonly', 'yes', '--appendfsync', 'everysec']
    await this.#spawn([...base, ...this.#settings])
  }

  /** As a Sentinel: the file says everything, and Sentinel writes what it learns into it. */
  async startSentinel(file: string): Promise<void> {
    await this.#spawn([file, '--sentinel'])
  }

  command(...words: string[]): Promise<string> {
    return redisCommand(this.port, ...words)
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child?.kill(signal)
  }

  /** kill -9. The folder stays. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** Lets it write what it has. The folder stays. */
  async shutDown(): Promise<void> {
    await this.#end('SIGTERM')
  }

  /** Resolves when the process ends, for whatever reason. */
  async ended(): Promise<void> {
    const child = this.#child
    if (child !== null && child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child
    if (child === null) return
    this.#child = null
    if (child.exitCode === null && child.signalCode === null) {
      const closed = once(child, 'close')
      child.kill(signal)
      await closed
    }
    running.delete(child)
  }

  async stop(): Promise<void> {
    await this.kill()
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  }

  async #spawn(words: readonly string[]): Promise<void> {
    const child = spawn('redis-server', words, { stdio: 'ignore', detached: true })
    this.#child = child
    running.add(child)
    const watcher = killWithParent('kill -9 "$0"', String(child.pid))
    let over = false
    const end = () => {
      over = true
      watcher.dismiss()
    }
    child.once('error', end).once('exit', end)
    const serves = async () => over || (await this.command('PING')).startsWith('+PONG')
    await until(`redis-server on ${this.port}`, serves)
    if (over) throw new Error(`redis-server on ${this.port} ended before it served`)
  }
}
