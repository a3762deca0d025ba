// Every endpoint under generated requests: node --conditions=source --import tsx test/fuzz/run.ts [--cases 20000] [--seed 1] [--only NAME] [--url URL]
import { parseArgs } from 'node:util'
import { fuzz } from './fuzz.ts'
import { startTarget } from './target.ts'

const { values } = parseArgs({ options: { cases: { type: 'string', default: '20000' }, seed: { type: 'string', default: '1' }, only: { type: 'string' }, url: { type: 'string' } } })
const target = values.url === undefined ? await startTarget() : null
const started = performance.now()
const reports = await fuzz(values.url ?? target!.url, { cases: Number(values.cases), seed: Number(values.seed), ...(values.only === undefined ? {} : { only: values.only }) })
await target?.close()
for (const { faults, ...report } of reports) {
  console.log(JSON.stringify({ ...report, acceptedShareOfValid: report.valid === 0 ? null : report.acceptedOfValid / report.valid, faults: faults.length }))
  for (const fault of faults.slice(0, 5)) console.log(`  ${fault}`)
}
console.log(`${reports.reduce((sum, { cases }) => sum + cases, 0)} cases in ${((performance.now() - started) / 1000).toFixed(0)} s`)
process.exit(reports.some(({ faults }) => faults.length > 0) ? 1 : 0)
