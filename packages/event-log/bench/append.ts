// Durable appends per second, CPU per record and reads per second of the LMDB log. From the root of the repository:
// node --conditions=source --import tsx packages/event-log/bench/append.ts
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLmdbLog } from '../src/drivers/lmdb.ts'

const path = mkdtempSync(join(tmpdir(), 'forage-bench-log-'))
const log = openLmdbLog({ path })
for (const [bytes, inFlight, total] of [[300, 1, 500], [300, 16, 5000], [300, 256, 50_000], [300, 4096, 200_000], [2000, 16, 5000], [2000, 256, 30_000], [2000, 4096, 30_000]] as const) {
  const value = Buffer.alloc(bytes, 7)
  const [start, cpu] = [performance.now(), process.cpuUsage()]
  let sent = 0
  const one = async () => {
    while (sent < total) {
      sent += 1
      await log.append(0, value)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, one))
  const [ms, { user, system }] = [performance.now() - start, process.cpuUsage(cpu)]
  process.stdout.write(`append ${bytes} B, ${inFlight} in flight: ${((total / ms) * 1000).toFixed(0)}/s, ${((user + system) / total).toFixed(2)} us CPU, ${((ms * inFlight) / total).toFixed(2)} ms each\n`)
}
const [start, end] = [performance.now(), await log.end(0)]
for (let offset = 0; offset < end; ) offset += (await log.read(0, offset)).length
process.stdout.write(`read: ${((end / (performance.now() - start)) * 1000).toFixed(0)}/s\n`)
await log.close()
rmSync(path, { recursive: true })
