import { ForageError } from '@forage/domain'
import type { LoadOptions } from './classification.ts'
import { loadCovertype } from './covertype.ts'
import type { DataSet } from './data-set.ts'
import { loadMushroom } from './mushroom.ts'
import { loadStatlog } from './statlog.ts'

const loaders: Record<'mushroom' | 'statlog' | 'covertype', (path: string, options?: LoadOptions) => Promise<DataSet>> = { mushroom: loadMushroom, statlog: loadStatlog, covertype: loadCovertype }

export type DataSetName = keyof typeof loaders
export const dataSetNames = Object.keys(loaders) as readonly DataSetName[]

/**
 * Reads a published data set from its file.
 * @throws ForageError `not_found` without the file, `invalid_request` for another name or a file of another shape (with its line)
 */
export function loadDataSet(name: DataSetName, path: string, options: LoadOptions = {}): Promise<DataSet> {
  if (!Object.hasOwn(loaders, name)) throw new ForageError('invalid_request', `there is no data set ${JSON.stringify(name)}: choose ${dataSetNames.join(', ')}`, { name })
  const { bins = 0 } = options
  if (!Number.isInteger(bins) || bins < 0 || bins > 128) throw new ForageError('invalid_request', `bins must be a whole number from 0 to 128: got ${bins}`, { bins })
  return loaders[name](path, options)
}
