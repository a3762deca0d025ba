// A process to be killed: puts records that carry their number into a spool, and prints every acknowledged one. Arguments: folder, puts under way.
import { openSpool } from '../drivers/lmdb-spool.ts'

const [path = '', underWay = '1'] = process.argv.slice(2)
const spool = openSpool({ path })
let number = spool.records

async function putForEver(): Promise<void> {
  for (;;) {
    const mine = number++
    await spool.put(0, Buffer.from(String(mine)))
    process.stdout.write(`${mine}\n`)
  }
}

await Promise.all(Array.from({ length: Number(underWay) }, putForEver))
