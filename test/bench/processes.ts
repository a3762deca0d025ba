import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'

const pinned = process.argv.includes('--pin') && spawnSync('taskset', ['-c', '0', 'true']).status === 0
const TICKS_PER_SECOND = 100

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => probe.once('listening', resolve))
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}

/** Starts a server; with `--pin` (and `taskset`) on core 0 alone: steadier, but its own background threads then share that core. */
export function startServerProcess(args: readonly string[], env: Record<string, string> = {}): ChildProcess {
  const [command, rest] = pinned ? ['taskset', ['-c', '0', process.execPath, ...args]] : [process.execPath, [...args]]
  return spawn(command, rest, { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, NODE_ENV: 'production', ...env } })
}

export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await gone
}

export async function untilAnswers(url: string, init?: RequestInit): Promise<void> {
  for (const started = Date.now(); ; ) {
    const ok = await fetch(url, init).then((answer) => answer.ok, () => false)
    if (ok) return
    if (Date.now() - started > 20_000) throw new Error(`${url} does not answer`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** CPU seconds that a process has used, user and system; null where /proc is not there. */
export function cpuSeconds(pid: number): number | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
  } catch {
    return null
  }
}
