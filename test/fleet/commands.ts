import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'

const forage = join(import.meta.dirname, '../../server/bin/forage.js')
const WITHIN_MS = 30_000

export interface Command {
  readonly child: ChildProcess
  readonly url: string
  /** Signals it and waits; gives its exit code, null when a signal ended it. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>
}

/** Starts `forage …` as an operator would, with a port of its own unless `args` give one; resolves when it says where it listens. */
export async function startForage(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Command> {
  const port = args.includes('--port') ? [] : ['--port', '0']
  const child = spawn(process.execPath, [forage, ...args, ...port], { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, LOG_LEVEL: 'error', ...env } })
  const gone = new Promise<number | null>((resolve) => child.once('exit', resolve))
  let said = ''
  const url = await new Promise<string>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`forage ${args.join(' ')} does not say where it listens:\n${said}`)), WITHIN_MS)
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      const found = /http:\/\/[\w.:[\]]+/.exec(said)
      if (found === null) return
      clearTimeout(late)
      resolve(found[0])
    })
    void gone.then((code) => reject(new Error(`forage ${args.join(' ')} ended with ${code}:\n${said}`)))
  })
  return {
    child,
    url,
    async end(signal) {
      child.kill(signal)
      return gone
    },
  }
}

/** Runs `forage …` to its end and gives what it printed. @throws Error when it fails */
export function runForage(args: readonly string[], env: Readonly<Record<string, string>>): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [forage, ...args], { encoding: 'utf8', env: { ...process.env, ...env } })
  if (status !== 0) throw new Error(`forage ${args.join(' ')} ended with ${status}:\n${stderr}`)
  return stdout
}
