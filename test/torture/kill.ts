// Kills the server (learner inside) at random while `forage drive` goes on, then asks: is the posterior that of an uninterrupted fold of
// the same log, bit for bit, and is every acknowledged feedback in it once? Prints one JSON line; exit 1 when not.
// node --import tsx test/torture/kill.ts [--kills 50] [--rounds 30000] [--seed 1] [--repeat 1-5]
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import seedrandom from 'seedrandom'
import { decodeRecord } from '@forage/domain'
import { openLmdbLog } from '@forage/event-log/lmdb'
import { freePort, untilAnswers } from '../bench/processes.ts'

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    rounds: { type: 'string', default: '30000' },
    seed: { type: 'string', default: '1' },
    repeat: { type: 'string' },
    'data-sets': { type: 'string', default: process.env['FORAGE_DATA_SETS'] ?? join(import.meta.dirname, '../../../shared/data') },
  },
})
const [kills, rounds] = [Number(values.kills), Number(values.rounds)]
const random = seedrandom(`kill-${values.seed}`)
const forage = join(import.meta.dirname, '../../server/bin/forage.js')
const folder = mkdtempSync(join(tmpdir(), 'forage-torture-'))
const data = join(folder, 'data')
const port = await freePort()
const url = `http://127.0.0.1:${port}`
const report = join(folder, 'drive.json')

function serve(): ChildProcess {
  return spawn(process.execPath, [forage, 'serve', '--port', String(port), '--data', data], { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, LOG_LEVEL: 'error' } })
}

const gone = (child: ChildProcess) => (child.exitCode !== null || child.signalCode !== null ? Promise.resolve() : new Promise<void>((resolve) => child.once('exit', () => resolve())))
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

let server = serve()
await untilAnswers(`${url}/readyz`)
const drive = spawn(
  process.execPath,
  [forage, 'drive', '--data', 'statlog', '--path', join(values['data-sets'], 'statlog-shuttle/shuttle.csv'), '--url', url, '--policy', 'linear-thompson:model=disjoint;lambda=0.25',
    '--rounds', String(rounds), '--concurrency', '16', '--json', report, ...(values.repeat === undefined ? [] : ['--feedback-repeat', values.repeat, '--shuffle'])],
  { stdio: ['ignore', 'ignore', 'inherit'] },
)
let killed = 0
while (killed < kills && drive.exitCode === null) {
  await pause(150 + 700 * random())
  server.kill('SIGKILL')
  killed += 1
  await gone(server)
  server = serve()
  await untilAnswers(`${url}/readyz`)
}
await gone(drive)
const { digest: served, counters } = (await (await fetch(`${url}/api/learning`)).json()) as { digest: string; counters: Record<string, number> }
server.kill('SIGTERM')
await gone(server)

const replay = spawnSync(process.execPath, [forage, 'replay', '--data', data, '--json'], { encoding: 'utf8' })
const { digest: folded } = JSON.parse(replay.stdout) as { digest: string }

const log = openLmdbLog({ path: join(data, 'log'), readOnly: true })
const times = new Map<string, number>()
for (let offset = 0, end = await log.end(0); offset < end; ) {
  const records = await log.read(0, offset)
  for (const { value } of records) {
    const record = decodeRecord(value)
    if (record.kind === 'feedback') times.set(record.feedbackId, (times.get(record.feedbackId) ?? 0) + 1)
  }
  offset = (records.at(-1)?.offset ?? end) + 1
}
await log.close()
const { runs } = JSON.parse(readFileSync(report, 'utf8')) as { runs: { rounds: number; meanReward: number }[] }
const acknowledged = runs[0]!.rounds
const learned = counters['matured'] ?? 0
const result = {
  kills: killed,
  acknowledged,
  feedbackInLog: times.size,
  copiesInLog: [...times.values()].reduce((sum, count) => sum + count, 0),
  learned,
  served,
  folded,
  replayExit: replay.status,
  ok: drive.exitCode === 0 && served === folded && replay.status === 0 && times.size === acknowledged && learned === acknowledged && killed === kills,
}
console.log(JSON.stringify(result))
if (result.ok) rmSync(folder, { recursive: true, force: true })
else console.error(`kept ${folder}`)
process.exit(result.ok ? 0 : 1)
