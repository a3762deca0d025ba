import { ForageError } from '@forage/domain'

/** @throws ForageError `version_conflict` when the writer has not seen the newest version (0: it does not exist or was removed) */
export function checkExpected(kind: string, id: string, expected: number | undefined, newest: number): void {
  if (expected !== undefined && expected !== newest)
    throw new ForageError('version_conflict', `${kind} ${id} is at version ${newest}, not ${expected}`, { kind, id, expected, newest })
}
