import { ForageError } from '@forage/domain'
import { loadCovertype } from './covertype.ts'
import type { DataSet } from './data-set.ts'
import { loadMushroom } from './mushroom.ts'
import { loadStatlog } from './statlog.ts'

const loaders = { mushroom: loadMushroom, statlog: loadStatlog, covertype: loadCovertype } as const

export type DataSetName = keyof typeof loaders
export const dataSetNames = Object.keys(loaders) as readonly DataSetName[]

/**
 * Reads a published data set from its file.
 * @throws ForageError `not_found` without the file, `invalid_request` for another name or a file of another shape (with its line)
 */
export function loadDataSet(name: DataSetName, path: string): Promise<DataSet> {
  if (!Object.hasOwn(loaders, name)) throw new ForageError('invalid_request', `there is no data set ${JSON.stringify(name)}: choose ${dataSetNames.join(', ')}`, { name })
  return loaders[name](path)
}
