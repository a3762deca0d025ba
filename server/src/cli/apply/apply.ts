import { createClient } from '@forage/client'
import type { ForageFile } from '@forage/contracts'
import { resolve } from 'node:path'
import { table, type Terminal } from '../terminal.ts'
import { catalogFaults, refuseUnsuited } from './catalog-faults.ts'
import { changeOf, type Change } from './change.ts'
import { readForageFile } from './read-forage-file.ts'

export interface ApplyOptions {
  readonly url?: string
  readonly data?: string
}

/** `forage apply`: checks the whole file, writes it, prints what changed. */
export async function apply(path: string, options: ApplyOptions, terminal: Terminal): Promise<void> {
  const file = readForageFile(path)
  const changes = options.data === undefined ? await applyThrough(options.url ?? 'http://127.0.0.1:8080', file) : await inFolder(resolve(options.data), file)
  if (changes.length === 0) terminal.out(`${path} defines nothing`)
  else terminal.out(table(['what', 'id', 'change', 'version'], changes.map(({ kind, id, change, version }) => [kind, id, change, String(version)])))
}

async function inFolder(folder: string, file: ForageFile): Promise<Change[]> {
  const { applyToFolder } = await import('./to-folder.ts')
  return applyToFolder(folder, file)
}

/** Sends the definitions to a running server; placements first, because a catalog belongs to one. @throws ForageApiError, ForageError `invalid_spec` */
export async function applyThrough(url: string, file: ForageFile): Promise<Change[]> {
  const client = createClient({ url })
  const changes: Change[] = []
  const orNull = <T>(asked: Promise<T>) => asked.catch((error: { status?: number }) => {
    if (error.status === 404) return null
    throw error
  })
  refuseUnsuited(await catalogFaults(file, (id) => orNull(client.placement(id))))
  for (const [id, body] of Object.entries(file.placements)) {
    const old = await orNull(client.placement(id))
    changes.push(changeOf('placement', id, old?.version ?? 0, (await client.putPlacement(id, body)).version))
  }
  for (const [id, items] of Object.entries(file.catalogs)) {
    const old = await orNull(client.items(id))
    changes.push(changeOf('catalog', id, old?.version ?? 0, (await client.putItems(id, items)).version))
  }
  return changes
}
