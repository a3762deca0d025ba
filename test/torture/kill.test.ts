import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const dataSets = process.env['FORAGE_DATA_SETS'] ?? join(import.meta.dirname, '../../../shared/data')
const built = existsSync(join(import.meta.dirname, '../../server/dist/cli/main.js'))

// The long form is test/torture/kill.ts: 50 kills over 30,000 rounds. It runs the built command, as `npm test` leaves it.
it.skipIf(!built || !existsSync(join(dataSets, 'statlog-shuttle')))('survives kill -9 with the posterior of an uninterrupted fold', () => {
  const script = join(import.meta.dirname, 'kill.ts')
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', script, '--kills', '3', '--rounds', '1500', '--repeat', '1-3', '--data-sets', dataSets], { encoding: 'utf8', timeout: 170_000 })
  expect(status, stdout + stderr).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ ok: true, acknowledged: 1500, learned: 1500 })
}, 180_000)
