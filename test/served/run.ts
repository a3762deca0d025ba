// 100,000 served decisions, each recomputed bit for bit: node --conditions=source --import tsx test/served/run.ts [--decisions 100000] [--seed 1] [--partitions 1]
import { parseArgs } from 'node:util'
import { checkServed } from './check.ts'

const { values } = parseArgs({ options: { decisions: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' }, partitions: { type: 'string', default: '1' } } })
const report = await checkServed({ decisions: Number(values.decisions), seed: Number(values.seed), partitions: Number(values.partitions) })
console.log(JSON.stringify(report, null, 2))
// Ten placements at |z| < 4: a right build fails about one run in 1,500.
process.exit(report.audit.ok && report.audit.decisions === report.decisions && report.estimates.every(({ z }) => Math.abs(z) < 4) ? 0 : 1)
