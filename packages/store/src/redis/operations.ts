import type { CheckpointWrite } from '../store.ts'
import { FIELD } from './checkpoint-scripts.ts'
import type { Argument } from './client.ts'

/** What one command may carry: Redis serves nobody else while it takes it. */
const MOST_BYTES = 512 << 10
const MOST_OPERATIONS = 4000

interface Part {
  readonly fields: Argument[]
  readonly entries: Argument[]
  readonly fieldsGone: Argument[]
  readonly entriesGone: Argument[]
}

const newPart = (): Part => ({ fields: [], entries: [], fieldsGone: [], entriesGone: [] })
const argumentsOf = ({ fields, entries, fieldsGone, entriesGone }: Part): Argument[] => [
  fields.length / 2, entries.length / 2, fieldsGone.length, entriesGone.length, ...fields, ...entries, ...fieldsGone, ...entriesGone,
]

/** The changes of a save as the arguments of its script, cut into parts of bounded size; at least one. */
export function operationsOf({ fields, entries }: CheckpointWrite): Argument[][] {
  let part = newPart()
  const parts = [part]
  let [size, count] = [0, 0]
  const add = (put: keyof Part, drop: keyof Part, name: string, bytes: Uint8Array | null) => {
    const bytesMore = name.length + (bytes?.length ?? 0) + 32
    if (count > 0 && (size + bytesMore > MOST_BYTES || count >= MOST_OPERATIONS)) {
      parts.push((part = newPart()))
      size = count = 0
    }
    size += bytesMore
    count += 1
    if (bytes === null) part[drop].push(name)
    else part[put].push(name, bytes)
  }
  for (const [name, bytes] of fields) add('fields', 'fieldsGone', FIELD + name, bytes)
  for (const [key, bytes] of entries) add('entries', 'entriesGone', key, bytes)
  return parts.map(argumentsOf)
}
