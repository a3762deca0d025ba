import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Spool } from '../spool.ts'
import { openSpool } from './lmdb-spool.ts'

let folder: string
let spool: Spool
const open = (more: object = {}) => openSpool({ path: join(folder, 'spool'), ...more })
const texts = (partition: number, maxRecords = 1000, maxBytes = 1e9) => spool.peek(partition, { maxRecords, maxBytes }).map(({ value }) => Buffer.from(value).toString())
const put = (partition: number, text: string) => spool.put(partition, Buffer.from(text))

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forage-spool-'))
  spool = open()
})
afterEach(async () => {
  await spool.close()
  rmSync(folder, { recursive: true, force: true })
})

it('gives each partition back in order, and forgets what it is told to', async () => {
  const words = Array.from({ length: 300 }, (_, index) => `w${index}`)
  await Promise.all(words.map((word, index) => put(index % 3, word)))
  const expected = [0, 1, 2].map((partition) => words.filter((_, index) => index % 3 === partition))
  expect([0, 1, 2].map((partition) => texts(partition))).toEqual(expected)
  expect([spool.records, [...spool.partitions].toSorted(), spool.waiting(1), spool.waiting(7)]).toEqual([300, [0, 1, 2], 100, 0])
  expect(texts(1, 4)).toEqual(expected[1]!.slice(0, 4))
  expect(texts(1, 100, 12)).toEqual(expected[1]!.slice(0, 1)) // the bound counts the head too
  await spool.remove(1, spool.peek(1, { maxRecords: 10, maxBytes: 1e9 }).at(-1)!.sequence)
  expect([texts(0), texts(1), spool.records]).toEqual([expected[0], expected[1]!.slice(10), 290])
  for (const partition of [0, 1, 2]) await spool.remove(partition, 1e9)
  expect([spool.records, spool.bytes, spool.partitions, spool.oldest()]).toEqual([0, 0, [], null])
})

it('has everything again when it is opened again, its bound and its order included', async () => {
  let time = 1000
  await spool.close()
  spool = open({ now: () => (time += 5) })
  await Promise.all([put(4, 'a'), put(2, 'b'), put(4, 'c')])
  const { bytes } = spool
  await spool.close()
  spool = open()
  expect([spool.bytes, spool.records, spool.oldest()]).toEqual([bytes, 3, 1005])
  await put(4, 'd')
  expect([texts(4), texts(2)]).toEqual([['a', 'c', 'd'], ['b']])
})

it('refuses what is over its bound, and takes it once there is room', async () => {
  await spool.close()
  spool = open({ maxBytes: 1000 })
  const taken = await Promise.allSettled(Array.from({ length: 20 }, () => put(0, 'x'.repeat(36))))
  expect(taken.map(({ status }) => status)).toEqual([...Array<string>(10).fill('fulfilled'), ...Array<string>(10).fill('rejected')])
  await expect(put(0, 'x')).rejects.toMatchObject({ code: 'log_unavailable', message: 'the spool is full' })
  await spool.remove(0, spool.peek(0, { maxRecords: 1, maxBytes: 1 })[0]!.sequence)
  await put(0, 'x'.repeat(36))
  expect(spool.records).toBe(10)
})

it('is for one process, and closed is closed', async () => {
  expect(() => open()).toThrow(/being written by process/)
  await put(0, 'a')
  await spool.close()
  await expect(put(0, 'b')).rejects.toMatchObject({ code: 'log_unavailable' })
  spool = open()
  expect(texts(0)).toEqual(['a'])
})

it.each([1, 64])('keeps what it acknowledged over kill -9, with %d puts under way', async (underWay) => {
  await spool.close()
  const program = new URL('../testing/put-for-ever.ts', import.meta.url).pathname
  for (let round = 0; round < 3; round++) {
    const child = spawn(process.execPath, ['--conditions=source', '--import', 'tsx', program, join(folder, 'spool'), String(underWay)], { stdio: ['ignore', 'pipe', 'inherit'] })
    let printed = ''
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString()
      if (printed.length > 2000) child.kill('SIGKILL')
    })
    await once(child, 'close')
    const acknowledged = printed.split('\n').slice(0, -1).map(Number)
    spool = open()
    const kept = texts(0, 1e6).map(Number)
    expect(acknowledged.length).toBeGreaterThan(100)
    expect(kept).toEqual(kept.map((_, index) => index)) // in order, none missing
    expect(kept.length).toBeGreaterThan(Math.max(...acknowledged))
    await spool.close()
  }
  spool = open()
})

it('takes thousands of records a second', async () => {
  const start = performance.now()
  await Promise.all(Array.from({ length: 5000 }, (_, index) => put(index % 8, `${index}`.padStart(300, '.'))))
  expect(performance.now() - start).toBeLessThan(2500)
})
