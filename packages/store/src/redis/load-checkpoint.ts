import { ForageError } from '@forage/domain'
import type { Checkpoint } from '../store.ts'
import { FIELD, loadScript, MOST_AT_ONCE } from './checkpoint-scripts.ts'
import { type RedisClient, type Reply, bytesOf, listOf, textOf } from './client.ts'

interface Where {
  readonly fold: string
  readonly partition: number
}

/** A big checkpoint is read in pieces, again when it was saved meanwhile; after so many times in one command after all. */
const MOST_ATTEMPTS = 4
const HEAD = ['token', 'saves', 'offset', 'replayFrom', 'savedBy']

export interface Loaded extends Checkpoint {
  /** Names the save. */
  readonly token: string
  readonly saves: number
}

/** One consistent state of a checkpoint; null before its first save. @throws ForageError `corrupt_state` when its head cannot be read */
export async function loadCheckpoint(client: RedisClient, state: string, where: Where): Promise<Loaded | null> {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const [form, first, names] = listOf(await client.run(loadScript, [state], [MOST_AT_ONCE]))
    if (textOf(form) === 'whole') return decode(pairs(listOf(first)), where)
    const members = await piecewise(client, state, textOf(first) ?? '', listOf(names).filter((name) => Buffer.isBuffer(name)))
    if (members !== null) return decode(members, where)
  }
  return decode(pairs(listOf(await client.call('HGETALL', state))), where)
}

/** Members by their names in the hash; null when another save came in between. */
export async function piecewise(client: RedisClient, state: string, token: string, names: readonly Buffer[]): Promise<[string, Buffer][] | null> {
  const members: [string, Buffer][] = []
  for (let at = 0; at < names.length; at += MOST_AT_ONCE) {
    const some = names.slice(at, at + MOST_AT_ONCE)
    const [now, ...values] = listOf(await client.call('HMGET', state, 'token', ...some))
    if (textOf(now) !== token) return null
    for (const [index, name] of some.entries()) {
      const value = values[index]
      if (Buffer.isBuffer(value)) members.push([name.toString(), value])
    }
  }
  return members
}

function pairs(flat: readonly Reply[]): [string, Buffer][] {
  const members: [string, Buffer][] = []
  for (let at = 0; at + 1 < flat.length; at += 2) members.push([textOf(flat[at]) ?? '', flat[at + 1] as Buffer])
  return members
}

function decode(members: readonly [string, Buffer][], where: Where): Loaded | null {
  const head = new Map(members.filter(([name]) => HEAD.includes(name)).map(([name, value]) => [name, value.toString()]))
  const fields = new Map(members.filter(([name]) => name.startsWith(FIELD)).map(([name, value]) => [name.slice(FIELD.length), bytesOf(value)]))
  if (!head.has('offset') && !head.has('savedBy') && fields.size === 0) return null
  const [offset, replayFrom, epoch] = ['offset', 'replayFrom', 'savedBy'].map((name) => Number(head.get(name) || Number.NaN))
  const whole = [offset, replayFrom, epoch].every((value) => Number.isSafeInteger(value) && value! >= 0) && replayFrom! <= offset!
  if (!whole) throw new ForageError('corrupt_state', `the checkpoint of ${where.fold}, partition ${where.partition}, cannot be read`, { ...where, head: Object.fromEntries(head) })
  return { offset: offset!, replayFrom: replayFrom!, epoch: epoch!, fields, token: head.get('token') ?? '', saves: Number(head.get('saves') ?? 0) }
}
