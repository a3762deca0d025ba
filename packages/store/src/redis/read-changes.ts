import type { CheckpointChanges } from '../store.ts'
import { changesScript, FIELD, MOST_AT_ONCE, MOST_EVER } from './checkpoint-scripts.ts'
import { type RedisClient, type Reply, bytesOf, listOf, textOf } from './client.ts'
import type { CheckpointKeys } from './keys.ts'
import { loadCheckpoint, piecewise } from './load-checkpoint.ts'

interface Where {
  readonly fold: string
  readonly partition: number
}

/** Big changes are read in pieces, again when something was saved meanwhile; the last time in one command, or else everything is. */
const MOST_ATTEMPTS = 4

/** What changed since the save that `revision` names; null when nothing is saved. */
export async function readChanges(client: RedisClient, { state, changed, recent }: CheckpointKeys, where: Where, revision: string | null): Promise<CheckpointChanges | null> {
  const [number = '', token = ''] = revision?.split(' ', 2) ?? []
  for (let attempt = revision === null ? MOST_ATTEMPTS : 0; attempt < MOST_ATTEMPTS; attempt++) {
    const most = attempt === MOST_ATTEMPTS - 1 ? MOST_EVER : MOST_AT_ONCE
    const [form, head, names, values] = listOf(await client.run(changesScript, [state, changed, recent], [number, token, most]))
    if (textOf(form) === 'none') return null
    if (textOf(form) === 'whole') break
    const changedNames = listOf(names).filter((name) => Buffer.isBuffer(name))
    const found = textOf(form) === 'changes' ? pair(changedNames, listOf(values)) : await piecewise(client, state, textOf(listOf(head)[1]) ?? '', changedNames)
    if (found !== null) return changesOf(listOf(head), changedNames, found)
  }
  const loaded = await loadCheckpoint(client, state, where)
  if (loaded === null) return null
  const { offset, epoch, fields, token: newest, saves } = loaded
  return { revision: `${saves} ${newest}`, whole: true, offset, epoch, fields }
}

function pair(names: readonly Buffer[], values: readonly Reply[]): [string, Buffer][] {
  return names.flatMap((name, index): [string, Buffer][] => {
    const value = values[index]
    return Buffer.isBuffer(value) ? [[name.toString(), value]] : []
  })
}

function changesOf([saves, token, offset, epoch]: readonly Reply[], names: readonly Buffer[], found: readonly [string, Buffer][]): CheckpointChanges {
  const fields = new Map<string, Uint8Array | null>(names.map((name) => [name.toString().slice(FIELD.length), null]))
  for (const [name, value] of found) fields.set(name.slice(FIELD.length), bytesOf(value))
  return { revision: `${textOf(saves)} ${textOf(token)}`, whole: false, offset: Number(textOf(offset)), epoch: Number(textOf(epoch)), fields }
}
