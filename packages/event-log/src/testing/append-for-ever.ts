// A process to be killed: appends records that carry their number, and prints every acknowledged one. Arguments: folder, records in flight.
import { openLmdbLog } from '../drivers/lmdb.ts'

const [path = '', inFlight = '1'] = process.argv.slice(2)
const log = openLmdbLog({ path, partitions: 2 })
let number = (await log.end(0)) + (await log.end(1))

async function appendForEver(): Promise<void> {
  for (;;) {
    const mine = number++
    const value = Buffer.alloc(8 + (mine % 500), mine & 255)
    value.writeDoubleLE(mine)
    const { partition, offset } = await log.append(mine % 2, value, { key: `k-${process.pid}-${mine}` })
    process.stdout.write(`${partition} ${offset} ${mine}\n`)
  }
}

await Promise.all(Array.from({ length: Number(inFlight) }, appendForEver))
