// A process to be killed: appends a tally and folds it, log and store in LMDB. Prints a line whenever a checkpoint was saved. Argument: folder.
import { join } from 'node:path'
import { openLmdbLog } from '@forage/event-log/lmdb'
import { openLmdbStore } from '@forage/store/lmdb'
import { runFold } from '../run-fold.ts'
import { encodeTally, tallyFold, type TallyRecord } from './tally-fold.ts'

const [path = ''] = process.argv.slice(2)
const log = openLmdbLog({ path: join(path, 'log'), partitions: 2 })
const store = openLmdbStore({ path: join(path, 'store') })
const run = runFold({ log, store, fold: tallyFold, checkpoint: { records: 50, ms: 20 }, batch: { maxRecords: 30 } })

/** The n-th record ever: what is opened is closed a while later, and corrected after that. */
function tallyRecord(n: number): TallyRecord {
  const id = (back: number) => `${'abc'[(n - back) % 3]!}${(n - back) % 10}`
  const kind = n % 7
  if (kind < 3) return { op: 'open', id: id(0), n: (n % 5) - 1 }
  if (kind < 5) return { op: 'close', id: id(3) }
  return kind === 5 ? { op: 'late', id: id(33), n: (n % 4) - 1 } : { op: 'nonsense' }
}

async function saveForEver(): Promise<void> {
  for (;;) {
    await run.checkpoint()
    process.stdout.write('.\n')
    await new Promise((resolve) => void setTimeout(resolve, 3))
  }
}

async function appendForEver(partition: number): Promise<void> {
  for (let n = await log.end(partition); ; n += 20)
    await Promise.all(Array.from({ length: 20 }, (_, index) => log.append(partition, encodeTally(tallyRecord(n + index)))))
}

await Promise.all([saveForEver(), appendForEver(0), appendForEver(1)])
