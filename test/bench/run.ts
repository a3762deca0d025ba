// npm run bench [-- --short] [--json FILE] [--only http|choose-learn|scaling|learn|freshness] [--pin]: measures Forage against its peers and prints ratios as JSON.
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { benchChooseLearn } from './choose-learn.ts'
import { benchFreshness } from './freshness.ts'
import { benchHttp } from './http.ts'
import { benchLearn } from './learn.ts'
import { benchScaling } from './scaling.ts'

const { values } = parseArgs({ options: { short: { type: 'boolean', default: false }, json: { type: 'string', default: 'bench-results/bench.json' }, only: { type: 'string' }, pin: { type: 'boolean', default: false } } })
const { short, only, pin } = values
const wanted = (name: string) => only === undefined || only === name

const http = wanted('http') ? await benchHttp(short ? { rounds: 2, seconds: 3 } : { rounds: 5, seconds: 8 }) : []
const chooseLearn = wanted('choose-learn') ? await benchChooseLearn(short ? { rounds: 10_000, repeats: 3 } : { rounds: 20_000, repeats: 5 }) : []
const scaling = wanted('scaling') ? benchScaling(short ? { seconds: 0.05 } : { seconds: 0.3 }) : []
const learn = wanted('learn') ? await benchLearn({ decisions: short ? 20_000 : 500_000 }) : null
const freshness = wanted('freshness') ? [await benchFreshness({ samples: short ? 200 : 1000, background: 0 }), await benchFreshness({ samples: short ? 200 : 1000, background: 200 })].filter((row) => row !== null) : []

for (const row of http)
  console.log(
    `/recommend, ${row.body} (${row.bodyBytes} B → ${row.replyBytes} B): ${row.requestsPerSecond.forage}/s, ${row.ratio.express.toFixed(2)} × stock Express, ${row.ratio.bare.toFixed(2)} × bare node:http; ` +
      `at 70 % (open loop): ${Object.entries(row.latencyAt70Percent).map(([who, { p50Ms, p99Ms, p999Ms }]) => `${who} p50 ${p50Ms} p99 ${p99Ms} p99.9 ${p999Ms} ms`).join(', ')}; ${row.errors} errors`,
  )
for (const row of chooseLearn) console.log(`${row.data} ${row.shape} ${row.policy}: ${row.decisionsPerSecond}/s, ${row.ratio.wasm.toFixed(2)} × VW wasm, ${row.ratio.native.toFixed(3)} × VW native`)
for (const row of scaling) console.log(`choose, shared Thompson, d=${row.d} N=${row.candidates}: ${row.microseconds.toFixed(1)} µs (kernel ${row.kernelMicroseconds.toFixed(1)} µs, ${row.kernelGflops.toFixed(1)} GFLOP/s = ${(row.kernelShareOfOpenBlas * 100).toFixed(0)} % of OpenBLAS float32)`)
for (const row of learn ?? [])
  console.log(`learner from Kafka to Redis, ${row.what}, ${row.members} member(s)${row.pinned ? ', a core each' : ''}: ${row.maturedPerSecond} matured decisions/s, ${row.cpuMicroseconds.toFixed(0)} µs of CPU each; ${row.events} events in ${row.seconds.toFixed(1)} s, digest ${row.digestEqual ? 'equal' : 'DIFFERS'}`)
for (const row of freshness)
  console.log(`reward accepted → in the snapshots of ${row.replicas} replicas, ${row.samples} samples, ${row.background} decisions/s beside: p50 ${row.accepted.p50} p99 ${row.accepted.p99} max ${row.accepted.max} ms (from sending: p99 ${row.sent.p99} ms)`)

mkdirSync(dirname(values.json), { recursive: true })
writeFileSync(values.json, `${JSON.stringify({ node: process.version, cpu: cpus()[0]?.model, cores: cpus().length, load: loadavg(), short, pin, http, chooseLearn, scaling, learn, freshness }, null, 2)}\n`)
console.log(`wrote ${values.json}`)
