import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openLmdbLog } from './lmdb.ts'

const KILLS = 4

/** Appends until it is killed after `acknowledged` records; returns all it acknowledged, and the number of each. */
async function appendUntilKilled(path: string, acknowledged: number): Promise<[partition: number, offset: number, number: number, pid: number][]> {
  const script = join(import.meta.dirname, '../testing/append-for-ever.ts')
  const child = spawn(process.execPath, ['--conditions=source', '--import', 'tsx', script, path, '64'], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  let lines = 0
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    lines += chunk.split('\n').length - 1
    if (lines >= acknowledged) child.kill('SIGKILL')
  })
  await new Promise((resolve) => void child.once('close', resolve))
  return text.split('\n').slice(0, -1).map((line) => [...(line.split(' ').map(Number) as [number, number, number]), child.pid!])
}

it('has every acknowledged record once, in order and findable, however often the writer is killed', async () => {
  const path = mkdtempSync(join(tmpdir(), 'forage-kill-'))
  const acknowledged: [number, number, number, number][] = []
  for (let kill = 0; kill < KILLS; kill++) acknowledged.push(...(await appendUntilKilled(path, 300 + 371 * kill)))
  const log = openLmdbLog({ path })
  const stored = new Map<string, number>()
  for (const partition of [0, 1]) {
    let [next, time] = [0, 0]
    while (next < (await log.end(partition))) {
      for (const record of await log.read(partition, next)) {
        expect(record.offset).toBe(next++)
        expect(record.time).toBeGreaterThanOrEqual(time)
        time = record.time
        const bytes = Buffer.from(record.value)
        const number = bytes.readDoubleLE()
        expect(bytes.length).toBe(8 + (number % 500))
        expect(bytes.subarray(8).every((byte) => byte === (number & 255))).toBe(true)
        stored.set(`${partition} ${record.offset}`, number)
      }
    }
  }
  expect(acknowledged.length).toBeGreaterThan(1000)
  for (const [partition, offset, number, pid] of acknowledged) {
    expect(stored.get(`${partition} ${offset}`)).toBe(number)
    expect(await log.find(`k-${pid}-${number}`)).toEqual({ partition, offset })
  }
  expect(new Set(acknowledged.map(([partition, offset]) => `${partition} ${offset}`)).size).toBe(acknowledged.length)
  await log.close()
  rmSync(path, { recursive: true, force: true })
})
