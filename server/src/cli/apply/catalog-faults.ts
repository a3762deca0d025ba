import type { ForageFile, PlacementBody } from '@forage/contracts'
import { ForageError } from '@forage/domain'
import { definitionFaults } from './definition-faults.ts'

/** What is wrong with catalogs whose placement is not in the file but, perhaps, stored. @param stored null when there is none */
export async function catalogFaults({ placements, catalogs }: ForageFile, stored: (id: string) => Promise<Pick<PlacementBody, 'encoder'> | null>): Promise<string[]> {
  const faults: string[] = []
  for (const [id, items] of Object.entries(catalogs)) {
    if (Object.hasOwn(placements, id)) continue
    const placement = await stored(id)
    if (placement === null) faults.push(`catalogs.${id}: there is no placement ${id}`)
    else for (const { path, message } of definitionFaults({ placements: { [id]: { encoder: placement.encoder } }, catalogs: { [id]: items } })) faults.push(`${path.map(String).join('.')}: ${message}`)
  }
  return faults
}

/** @throws ForageError `invalid_spec` naming every fault */
export function refuseUnsuited(faults: readonly string[]): void {
  if (faults.length === 0) return
  const many = faults.length === 1 ? 'a fault' : `${faults.length} faults`
  throw new ForageError('invalid_spec', `the definitions have ${many}\n${faults.map((fault) => `  ${fault}`).join('\n')}`, { faults })
}
