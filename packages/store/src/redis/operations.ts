import type { CheckpointWrite } from '../store.ts'
import type { Argument } from './client.ts'

/** What one command may carry: Redis serves nobody else while it takes it. */
const MOST_BYTES = 512 << 10
const MOST_OPERATIONS = 4000

/** The changes of a save as operations (kind, name, bytes), cut into parts of bounded size. */
export function operationsOf({ fields, entries }: CheckpointWrite): Argument[][] {
  const parts: Argument[][] = [[]]
  let size = 0
  const add = (kind: 'field' | 'entry', name: string, bytes: Uint8Array | null) => {
    const grown = size + name.length + (bytes?.length ?? 0) + 32
    const part = parts.at(-1)!
    const full = part.length > 0 && (grown > MOST_BYTES || part.length >= 3 * MOST_OPERATIONS)
    const into = full ? [] : part
    if (full) parts.push(into)
    size = full ? grown - size : grown
    into.push(bytes === null ? `${kind}-` : kind, name, bytes ?? '')
  }
  for (const [name, bytes] of fields) add('field', name, bytes)
  for (const [key, bytes] of entries) add('entry', key, bytes)
  return parts
}
