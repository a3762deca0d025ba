import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLmdbLog } from '@forage/event-log/lmdb'
import { openLmdbStore } from '@forage/store/lmdb'
import { createMemoryStore } from '@forage/store/memory'
import { expect, it } from 'vitest'
import { DEAD_LETTER } from './dead-letters.ts'
import { runFold } from './run-fold.ts'
import { storedTally } from './testing/harness.ts'
import { tallyFold } from './testing/tally-fold.ts'

const KILLS = 4

/** Appends and folds until so many checkpoints were saved, then dies without warning. */
async function foldUntilKilled(path: string, checkpoints: number): Promise<void> {
  const script = join(import.meta.dirname, 'testing/fold-for-ever.ts')
  const child = spawn(process.execPath, ['--conditions=source', '--import', 'tsx', script, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  let left = checkpoints
  child.stdout.on('data', (dots: Buffer) => {
    left -= dots.length / 2
    if (left <= 0) child.kill('SIGKILL')
  })
  await new Promise((resolve) => void child.once('close', resolve))
}

it('has the bytes of an uninterrupted fold of the same log, however often process, log and store are killed', async () => {
  const path = mkdtempSync(join(tmpdir(), 'forage-fold-kill-'))
  for (let kill = 0; kill < KILLS; kill++) await foldUntilKilled(path, 3 + 4 * kill)
  const log = openLmdbLog({ path: join(path, 'log') })
  const [interrupted, clean] = [openLmdbStore({ path: join(path, 'store') }), createMemoryStore()]
  for (const partition of [0, 1]) expect((await storedTally(interrupted, partition)).offset).toBeGreaterThan(0)
  for (const store of [interrupted, clean]) {
    const run = runFold({ log, store, fold: tallyFold })
    await run.ready
    await run.stop()
  }
  for (const partition of [0, 1]) {
    expect(await log.end(partition)).toBeGreaterThan(500)
    const stored = await storedTally(interrupted, partition)
    expect(stored.offset).toBe(await log.end(partition))
    expect(stored).toEqual(await storedTally(clean, partition))
  }
  expect((await interrupted.documents.list(DEAD_LETTER)).every(({ version }) => version === 1)).toBe(true)
  await interrupted.close()
  await log.close()
  rmSync(path, { recursive: true, force: true })
}, 60_000)
