import type { CatalogBody, ForageFile, PlacementBody } from '@forage/contracts'
import { ForageError } from '@forage/domain'
import type { DocumentStore } from '@forage/store'
import { encodeCatalog } from '../../placements/catalog.ts'
import { buildDefinition } from '../../placements/definition.ts'
import { openStore } from '../data-folder.ts'
import { changeOf, type Change } from './apply.ts'

/** Writes definitions into a data folder, which may be new; a server that runs on it notices within a second. */
export async function applyToFolder(folder: string, file: ForageFile): Promise<Change[]> {
  const store = await openStore(folder)
  try {
    return await applyToDocuments(store.documents, file)
  } finally {
    await store.close()
  }
}

/** Nothing is written unless everything is valid. @throws ForageError `invalid_spec` naming every fault */
export async function applyToDocuments(documents: DocumentStore, file: ForageFile): Promise<Change[]> {
  const faults = await check(documents, file)
  if (faults.length > 0) throw new ForageError('invalid_spec', `the definitions have ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}\n${faults.map((fault) => `  ${fault}`).join('\n')}`, { faults })
  const changes: Change[] = []
  const put = async (kind: Change['kind'], id: string, body: PlacementBody | CatalogBody) => {
    const before = (await documents.get(kind, id))?.version ?? 0
    changes.push(changeOf(kind, id, before, (await documents.put<PlacementBody | CatalogBody>(kind, id, body)).version))
  }
  for (const [id, body] of Object.entries(file.placements)) await put('placement', id, body)
  for (const [id, items] of Object.entries(file.catalogs)) await put('catalog', id, { items })
  return changes
}

async function check(documents: DocumentStore, file: ForageFile): Promise<string[]> {
  const faults: string[] = []
  const attempt = (path: string, action: () => void) => {
    try {
      action()
    } catch (error) {
      if (!(error instanceof ForageError)) throw error
      faults.push(`${path}: ${error.message}`)
    }
  }
  const stored = async <T>(kind: string, id: string) => (await documents.get<T>(kind, id))?.body ?? null
  for (const [id, body] of Object.entries(file.placements)) attempt(`placements.${id}`, () => void buildDefinition(id, body, 0))
  for (const [id, items] of Object.entries(file.catalogs)) {
    const placement = Object.hasOwn(file.placements, id) ? file.placements[id]! : await stored<PlacementBody>('placement', id)
    if (placement === null) faults.push(`catalogs.${id}: there is no placement ${id}`)
    else attempt(`catalogs.${id}`, () => void encodeCatalog({ items }, 0, buildDefinition(id, placement, 0).encoder))
  }
  return faults
}
