import { ForageError } from '@forage/domain'
import { crc32 } from 'node:zlib'
import { CHECKSUM, unseal } from './blob.ts'
import { ByteReader, ByteWriter } from './bytes.ts'
import type { Definition } from './definition.ts'
import type { Matured } from './matured.ts'

/*
 * A side entry: crc32 of the rest, version, values. Version 1 begins with a byte 1. Before it there was JSON, which begins with `{`.
 */
const VERSION = 1
const JSON_FIRST = 0x7b

type DefinitionOf = (placement: string, version: number) => Definition | undefined

const writer = new ByteWriter()

export function encodeMatured({ offset, time, maturedAt, definition, model, examined, credited, slate, contributions, discarded }: Matured): Uint8Array {
  writer.start()
  writer.count(VERSION)
  writer.count(offset)
  writer.float(time)
  writer.count(maturedAt - offset)
  writer.text(definition.spec.id)
  writer.float(definition.version)
  writer.text(model)
  writer.count(discarded ? 1 : 0)
  writer.count(examined)
  for (const reward of credited) writer.float(reward)
  writer.count(discarded ? 0 : slate.length)
  if (!discarded)
    for (let item = 0; item < slate.length; item++) {
      const { id, x } = slate[item]!
      writer.text(id)
      writer.vector(item < examined ? x : [])
    }
  writer.count(contributions.length)
  for (const { item, event, value, feedbackId, final, offset: own } of contributions) {
    writer.count(2 * item + (final ? 1 : 0))
    writer.text(event)
    writer.float(value)
    writer.text(feedbackId)
    writer.count(own)
  }
  const bytes = writer.finish(CHECKSUM)
  bytes.writeUInt32LE(crc32(bytes.subarray(CHECKSUM)), 0)
  return bytes
}

/**
 * Null when its placement is unknown: it then belongs to the future of a log that is folded again from its start.
 * @throws ForageError `corrupt_state`
 */
export function decodeMatured(id: string, bytes: Uint8Array, definitionOf: DefinitionOf): Matured | null {
  if (bytes[CHECKSUM] === JSON_FIRST) return decodeJson(id, bytes, definitionOf)
  if (bytes.length <= CHECKSUM || new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true) !== crc32(bytes.subarray(CHECKSUM)))
    throw new ForageError('corrupt_state', `the entry of decision ${id} fails its checksum`, { id })
  const reader = new ByteReader(bytes, CHECKSUM)
  const version = reader.count()
  if (version !== VERSION) throw new ForageError('corrupt_state', `the entry of decision ${id} was saved by another version: ${version}`, { id, version })
  const [offset, time, matures] = [reader.count(), reader.float(), reader.count()]
  const definition = definitionOf(reader.text(), reader.float())
  if (definition === undefined) return null
  const [model, discarded, examined] = [reader.text(), reader.count() === 1, reader.count()]
  const credited = list(discarded ? 0 : examined, () => reader.float())
  const slate = list(reader.count(), () => ({ id: reader.text(), x: list(reader.count(), () => reader.signed()) }))
  const contributions = list(reader.count(), () => {
    const place = reader.count()
    const [item, final] = [Math.floor(place / 2), place % 2 === 1]
    return { item, event: reader.text(), value: reader.float(), feedbackId: reader.text(), final, offset: reader.count() }
  })
  return { id, offset, time, maturedAt: offset + matures, definition, model, examined, credited, discarded, slate, contributions }
}

/** As the first versions saved it. */
interface SavedAsJson {
  readonly o: number
  readonly t: number
  readonly m: number
  readonly p: string
  readonly n: number
  readonly k: string
  readonly e: number
  readonly c: readonly number[]
  readonly s: readonly (readonly [string, readonly number[]])[]
  readonly f: readonly (readonly [number, string, number, string, 0 | 1, number])[]
  readonly d: 0 | 1
}

function decodeJson(id: string, bytes: Uint8Array, definitionOf: DefinitionOf): Matured | null {
  const saved = unseal<SavedAsJson>(bytes, `entry of decision ${id}`)
  const definition = definitionOf(saved.p, saved.n)
  if (definition === undefined) return null
  return {
    id, offset: saved.o, time: saved.t, maturedAt: saved.m, definition, model: saved.k, examined: saved.e, credited: [...saved.c], discarded: saved.d === 1,
    slate: saved.s.map(([itemId, x]) => ({ id: itemId, x })),
    contributions: saved.f.map(([item, event, value, feedbackId, final, offset]) => ({ item, event, value, feedbackId, final: final === 1, offset })),
  }
}

function list<T>(length: number, read: () => T): T[] {
  const found: T[] = []
  for (let place = 0; place < length; place++) found.push(read())
  return found
}
