import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { decodeRecord, partitionOf } from '@forage/domain'
import type { EventLog } from '@forage/event-log'
import { openLmdbLog } from '@forage/event-log/lmdb'
import { freePort, startServerProcess, stopProcess, untilAnswers } from '../bench/processes.ts'

const forage = join(import.meta.dirname, '../../server/bin/forage.js')

export interface Recorded {
  /** Every record of the embedded server's only partition, in order. */
  readonly records: readonly Uint8Array[]
  /** What `forage replay` says that the embedded server has learned. */
  readonly digest: string
}

/** Plays a data set through an embedded server (the real commands), and gives its log and the digest of its posterior. */
export async function recordTraffic({ folder, dataSet, path, rounds }: { folder: string; dataSet: string; path: string; rounds: number }): Promise<Recorded> {
  const data = join(folder, 'data')
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const server = startServerProcess([forage, 'serve', '--port', String(port), '--data', data], { LOG_LEVEL: 'error' })
  await untilAnswers(`${url}/readyz`)
  const options = ['--data', dataSet, '--path', path, '--url', url, '--policy', 'linear-thompson:model=disjoint;lambda=0.25', '--rounds', String(rounds), '--concurrency', '16']
  const driven = spawnSync(process.execPath, [forage, 'drive', ...options], { encoding: 'utf8' })
  await stopProcess(server)
  if (driven.status !== 0) throw new Error(`forage drive: ${driven.stderr}`)
  const replayed = spawnSync(process.execPath, [forage, 'replay', '--data', data, '--json'], { encoding: 'utf8' })
  const { digest, matches } = JSON.parse(replayed.stdout) as { digest: string; matches: boolean }
  if (!matches) throw new Error('the embedded server has not learned what its log says')
  const log = openLmdbLog({ path: join(data, 'log'), readOnly: true })
  const records: Uint8Array[] = []
  for (let offset = 0, end = await log.end(0); offset < end; offset = records.length) records.push(...(await log.read(0, offset)).map(({ value }) => value))
  await log.close()
  return { records, digest }
}

/** The same traffic into another log: definitions into every partition, everything else where its decision's id says. Ticks are the log's own. */
export async function playInto(log: EventLog, records: readonly Uint8Array[]): Promise<void> {
  let waiting: Promise<unknown>[] = []
  for (const bytes of records) {
    const record = decodeRecord(bytes)
    if (record.kind === 'tick') continue
    if (record.kind === 'placement') {
      await Promise.all(Array.from({ length: log.partitions }, (_, partition) => log.append(partition, bytes)))
      continue
    }
    waiting.push(log.append(partitionOf(record.kind === 'decision' ? record.id : record.decisionId, log.partitions), bytes))
    if (waiting.length >= 5000) {
      await Promise.all(waiting)
      waiting = []
    }
  }
  await Promise.all(waiting)
}
