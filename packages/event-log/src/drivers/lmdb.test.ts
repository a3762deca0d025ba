import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { open as openLmdb } from 'lmdb'
import { afterEach, describe, expect, it } from 'vitest'
import { eventLogContract } from '../contract.ts'
import type { EventLog } from '../event-log.ts'
import { openLmdbLog, type LmdbLogOptions } from './lmdb.ts'
import { blockKey } from './lmdb-layout.ts'

const opened: EventLog[] = []
const folders: string[] = []

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'forage-log-'))
  folders.push(path)
  return path
}

function open(options: LmdbLogOptions): EventLog {
  const log = openLmdbLog(options)
  opened.push(log)
  return log
}

afterEach(async () => {
  for (const log of opened.splice(0)) await log.close()
  for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true })
})

const bytes = (...values: number[]) => Uint8Array.of(...values)

describe('the LMDB log', () => {
  it.each(Object.entries(eventLogContract))('%s', (_, contract) => contract(async (options) => open({ path: folder(), ...options })))

  it.each(Object.entries(eventLogContract))('with one record a block, %s', (_, contract) => contract(async (options) => open({ path: folder(), ...options, maxBlockBytes: 1 })))

  it('reads the same from memory, while somebody is subscribed, as from the disk', async () => {
    const path = folder()
    const log = open({ path, partitions: 2, maxBlockBytes: 64, now: () => 7 })
    const before = await log.append(0, bytes(0, 0))
    log.subscribe(0, () => {})
    for (let turn = 0; turn < 4; turn++) await Promise.all(Array.from({ length: 25 }, (_, index) => log.append(index % 2, bytes(turn, index), { patient: index % 3 === 0 })))
    const disk = open({ path, readOnly: true })
    expect(before.offset).toBe(0)
    for (const partition of [0, 1]) {
      const end = await log.end(partition)
      for (let offset = 0; offset < end; offset++) expect(await log.read(partition, offset)).toEqual(await disk.read(partition, offset))
    }
  })

  it('has everything after it was opened again, and time does not go back', async () => {
    const path = folder()
    const first = open({ path, partitions: 2, now: () => 5000 })
    await Promise.all([first.append(0, bytes(1), { key: 'a' }), first.append(0, bytes(2)), first.append(1, bytes(3))])
    await first.close()
    const again = open({ path, now: () => 4000 })
    expect(again.partitions).toBe(2)
    expect([await again.end(0), await again.end(1)]).toEqual([2, 1])
    expect(await again.find('a')).toEqual({ partition: 0, offset: 0 })
    expect(await again.append(0, bytes(4), { key: 'a' })).toEqual({ partition: 0, offset: 2 })
    expect(await again.find('a')).toEqual({ partition: 0, offset: 0 })
    expect((await again.read(0, 0)).map(({ time, value }) => [time, ...value])).toEqual([[5000, 1], [5000, 2], [5000, 4]])
  })

  it('refuses another number of partitions than it was made with', async () => {
    const path = folder()
    await open({ path, partitions: 4 }).close()
    expect(() => openLmdbLog({ path, partitions: 3 })).toThrow(expect.objectContaining({ code: 'corrupt_state', message: expect.stringContaining('has 4 partition(s), not 3') }))
    expect(open({ path, partitions: 4 }).partitions).toBe(4)
  })

  it('refuses a second writer in the same process, but not after the first closed', async () => {
    const path = folder()
    const first = open({ path })
    expect(() => openLmdbLog({ path })).toThrow(expect.objectContaining({ code: 'log_unavailable' }))
    await first.append(0, bytes(1))
    await first.close()
    expect(await open({ path }).end(0)).toBe(1)
  })

  it('is read by others while it is written, and tells them', async () => {
    const path = folder()
    const writer = open({ path, partitions: 2 })
    const reader = open({ path, readOnly: true, pollMs: 5 })
    expect([reader.partitions, await reader.end(1)]).toEqual([2, 0])
    const told = new Promise<void>((resolve) => void reader.subscribe(1, resolve))
    await writer.append(1, bytes(1), { key: 'a' })
    expect(await reader.read(1, 0)).toHaveLength(1)
    expect(await reader.find('a')).toEqual({ partition: 1, offset: 0 })
    await told
    await expect(reader.append(1, bytes(1))).rejects.toMatchObject({ code: 'log_unavailable' })
  })

  it('says so when there is nothing to read, or no way to write', () => {
    expect(() => openLmdbLog({ path: join(folder(), 'none'), readOnly: true })).toThrow(expect.objectContaining({ code: 'log_unavailable' }))
    expect(() => openLmdbLog({ path: '/dev/null/log' })).toThrow(expect.objectContaining({ code: 'log_unavailable' }))
  })

  it('refuses appends while too much waits, and takes them again later', async () => {
    const log = open({ path: folder(), maxPendingBytes: 10_000 })
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => log.append(0, new Uint8Array(1000))))
    expect(results.map(({ status }) => status)).toEqual([...Array.from({ length: 10 }, () => 'fulfilled'), ...Array.from({ length: 10 }, () => 'rejected')])
    expect(results[19]).toMatchObject({ reason: { code: 'log_unavailable' } })
    expect(await log.append(0, new Uint8Array(1000))).toEqual({ partition: 0, offset: 10 })
  })

  it.each([
    ['a flipped bit', (block: Buffer) => ((block[40]! ^= 4), block)],
    ['a cut', (block: Buffer) => block.subarray(0, 20)],
    ['other bytes', () => Buffer.alloc(100, 1)],
  ])('names partition and offset of a block with %s', async (_, damage) => {
    const path = folder()
    const log = open({ path, partitions: 2 })
    for (let index = 0; index < 3; index++) await log.append(1, new Uint8Array(50).fill(index))
    await log.close()
    const env = openLmdb({ path, noSubdir: false, overlappingSync: false, encoding: 'binary' })
    const blocks = env.openDB<Buffer, Buffer>({ name: 'blocks', encoding: 'binary', keyEncoding: 'binary' })
    await blocks.put(blockKey(1, 1), damage(Buffer.from(blocks.get(blockKey(1, 1))!)))
    await env.close()
    const again = open({ path })
    expect(await again.read(1, 0, { maxRecords: 1 })).toHaveLength(1)
    await expect(again.read(1, 0)).rejects.toMatchObject({ code: 'corrupt_state', details: { partition: 1, offset: 1 } })
    expect(await again.read(1, 2)).toHaveLength(1)
  })

  it('lets no other process write, and is free again when the writer was killed', async () => {
    const path = folder()
    const child = spawn(process.execPath, ['--conditions=source', '--import', 'tsx', join(import.meta.dirname, '../testing/append-for-ever.ts'), path, '1'], { stdio: ['ignore', 'pipe', 'inherit'] })
    await new Promise((resolve) => void child.stdout.once('data', resolve))
    expect(() => openLmdbLog({ path })).toThrow(expect.objectContaining({ code: 'log_unavailable', message: expect.stringContaining(String(child.pid)) }))
    const reader = open({ path, readOnly: true })
    expect(await reader.end(0)).toBeGreaterThan(0)
    await reader.close()
    child.kill('SIGKILL')
    await new Promise((resolve) => void child.once('exit', resolve))
    await open({ path }).append(0, bytes(1))
  })
})
