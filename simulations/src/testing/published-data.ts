import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const files = { mushroom: 'mushroom/agaricus-lepiota.data', statlog: 'statlog-shuttle/shuttle.csv', covertype: 'covertype-20k/covtype.20k.data' } as const

/** Where the published data sets lie: `FORAGE_DATA_SETS`, else `../shared/data` beside the repository. For tests only. */
const folder = process.env['FORAGE_DATA_SETS'] || fileURLToPath(new URL('../../../../shared/data', import.meta.url))

export function publishedPath(name: keyof typeof files): string {
  return join(folder, files[name])
}

/** False, with a message, when the files are not on this machine: tests that need them are skipped. */
export const havePublishedData = Object.values(files).every((file) => existsSync(join(folder, file)))
if (!havePublishedData) process.stderr.write('published data sets not found: set FORAGE_DATA_SETS to run their tests\n')
