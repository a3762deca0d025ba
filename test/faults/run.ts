// The fault suite: `npm run test:faults -- [--only name,…] [--long] [--seed n] [--json file]`, and for the big run `--events n --kills n --zombies n
// --redis-kills n --broker-kills n --learners n --partitions n`. A line a test, then one line of JSON; exit 1 when anything is wrong.
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Outcome, Settings } from './fault-test.ts'
import { faultTests } from './tests/index.ts'
import { startWorld } from './world/world.ts'

const number = { type: 'string' } as const
const { values } = parseArgs({
  options: {
    only: { type: 'string' }, long: { type: 'boolean', default: false }, seed: { type: 'string' }, json: { type: 'string' },
    events: number, kills: number, zombies: number, 'redis-kills': number, 'broker-kills': number, learners: number, partitions: number, seconds: number,
  },
})
const names = values.only?.split(',')
const unknown = names?.filter((name) => !faultTests.some((test) => test.name === name)) ?? []
if (unknown.length > 0) throw new Error(`no such test: ${unknown.join(', ')}; there are ${faultTests.map(({ name }) => name).join(', ')}`)
const chosen = faultTests.filter(({ name, onlyLong }) => names?.includes(name) ?? (values.long || onlyLong !== true))
const sizes = Object.fromEntries((['events', 'kills', 'zombies', 'redis-kills', 'broker-kills', 'learners', 'partitions', 'seconds'] as const).flatMap((name) => (values[name] === undefined ? [] : [[name.replace(/-(.)/, (_, letter: string) => letter.toUpperCase()), Number(values[name])]])))
const seed = values.seed ?? String(Math.floor(1e9 * Math.random()))
const out = (text: string) => void process.stderr.write(`${text}\n`)
const settings: Settings = { seed, long: values.long, sizes, say: (what) => out(`    ${what}`) }

out(`seed ${seed}`)
const world = await startWorld()
if (world === null) process.exit(process.env['REQUIRE_SERVICES'] ? 1 : 0)
const began = performance.now()
const results: Record<string, Outcome & { seconds: number }> = {}
try {
  for (const test of chosen) {
    const start = performance.now()
    const outcome = await test.run(world, settings).catch((error: unknown): Outcome => ({ ok: false, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }))
    const seconds = Math.round((performance.now() - start) / 100) / 10
    results[test.name] = { ...outcome, seconds }
    out(`${outcome.ok ? 'ok    ' : 'FAILED'} ${test.name} (${test.what}), ${seconds} s`)
    if (!outcome.ok) out(JSON.stringify(outcome, null, 2))
  }
} finally {
  await world.stop()
}
const result = { seed, kafka: world.kafka.what, long: values.long, seconds: Math.round((performance.now() - began) / 1000), ok: Object.values(results).every(({ ok }) => ok), results }
process.stdout.write(`${JSON.stringify(result)}\n`)
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`)
process.exit(result.ok ? 0 : 1)
