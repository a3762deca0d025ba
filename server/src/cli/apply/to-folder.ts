import type { CatalogBody, ForageFile, PlacementBody } from '@forage/contracts'
import type { DocumentStore } from '@forage/store'
import { openStore } from '../data-folder.ts'
import { catalogFaults, refuseUnsuited } from './catalog-faults.ts'
import { changeOf, type Change } from './change.ts'

/** Writes definitions into a data folder, which may be new; a server that runs on it notices within a second. */
export async function applyToFolder(folder: string, file: ForageFile): Promise<Change[]> {
  const store = await openStore(folder)
  try {
    return await applyToDocuments(store.documents, file)
  } finally {
    await store.close()
  }
}

/** `file` was checked by `readForageFile`. Nothing is written unless its catalogs suit the placements that are stored. @throws ForageError `invalid_spec` naming every fault */
export async function applyToDocuments(documents: DocumentStore, file: ForageFile): Promise<Change[]> {
  const placement = async (id: string) => (await documents.get<PlacementBody>('placement', id))?.body ?? null
  refuseUnsuited(await catalogFaults(file, placement))
  const changes: Change[] = []
  const put = async (kind: Change['kind'], id: string, body: PlacementBody | CatalogBody) => {
    const before = (await documents.get(kind, id))?.version ?? 0
    changes.push(changeOf(kind, id, before, (await documents.put<PlacementBody | CatalogBody>(kind, id, body)).version))
  }
  for (const [id, body] of Object.entries(file.placements)) await put('placement', id, body)
  for (const [id, items] of Object.entries(file.catalogs)) await put('catalog', id, { items })
  return changes
}
