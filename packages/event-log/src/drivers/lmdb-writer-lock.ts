import { realpathSync } from 'node:fs'
import { ForageError } from '@forage/domain'
import type { Database, RootDatabase } from 'lmdb'

/** Logs this process writes to. */
const mine = new Set<string>()

/**
 * Lets one process at a time write to a log. The writer's process id is stored under `writer`; it counts while that process is in LMDB's
 * reader table, which every process with the file open is, and from which LMDB removes the dead (it tests a lock the kernel releases with
 * the process, so a `kill -9` leaves nothing behind and a recycled process id deceives nobody).
 * @returns gives the log free again
 * @throws ForageError `log_unavailable` when another one writes
 */
export function lockForWriting(env: RootDatabase, meta: Database, path: string): () => Promise<void> {
  const name = realpathSync(path)
  const refuse = (pid: number) => new ForageError('log_unavailable', `the log ${path} is being written by process ${pid}`, { path, pid })
  if (mine.has(name)) throw refuse(process.pid)
  meta.get('writer') // puts this process into the reader table before it says so
  env.transactionSync(() => {
    const stored = meta.get('writer') as Uint8Array | undefined
    const writer = stored === undefined ? 0 : Number(Buffer.from(stored).toString())
    env.readerCheck()
    if (writer !== 0 && writer !== process.pid && readers(env).has(writer)) throw refuse(writer)
    meta.putSync('writer', Buffer.from(String(process.pid)))
  })
  mine.add(name)
  return async () => {
    mine.delete(name)
    await meta.put('writer', Buffer.from('0'))
  }
}

/** Process ids in the reader table: LMDB prints a heading, then one line each. */
function readers(env: RootDatabase): Set<number> {
  const lines = env.readerList().split('\n').slice(1)
  return new Set(lines.map((line) => Number.parseInt(line.trim(), 10)))
}
