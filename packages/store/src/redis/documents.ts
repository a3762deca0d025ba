import { ForageError } from '@forage/domain'
import { canonicalJson } from '../canonical-json.ts'
import { checkExpected } from '../expected-version.ts'
import type { Document, DocumentStore } from '../store.ts'
import { type RedisClient, listOf, textOf } from './client.ts'
import { putScript, removeScript } from './document-scripts.ts'
import type { RedisKeys } from './keys.ts'

interface Newest {
  readonly version: number
  readonly removed: boolean
  /** As it is stored; '' when there is none. */
  readonly text: string
}

const MOST_ATTEMPTS = 50
const BODIES_AT_ONCE = 100

export class RedisDocuments implements DocumentStore {
  readonly #client: RedisClient
  readonly #keys: RedisKeys

  constructor(client: RedisClient, keys: RedisKeys) {
    this.#client = client
    this.#keys = keys
  }

  async get<T>(kind: string, id: string, version?: number): Promise<Document<T> | null> {
    const newest = await this.#newest(kind, id)
    if (version === undefined && newest.removed) return null
    const wanted = version ?? newest.version
    if (!Number.isInteger(wanted) || wanted < 1 || wanted > newest.version) return null
    const text = textOf(await this.#client.call('HGET', this.#keys.documents(kind).bodies, member(id, wanted)))
    return text === null && wanted < newest.version ? null : read<T>(kind, id, wanted, text)
  }

  async list<T>(kind: string): Promise<Document<T>[]> {
    const { newest, bodies } = this.#keys.documents(kind)
    const flat = listOf(await this.#client.call('HGETALL', newest)).map((part) => textOf(part) ?? '')
    const all = flat.flatMap((id, index) => (index % 2 === 0 ? [{ id, ...parse(kind, id, flat[index + 1]!) }] : []))
    const visible = all.filter(({ removed }) => !removed).sort((a, b) => (a.id < b.id ? -1 : 1))
    const documents: Document<T>[] = []
    for (let at = 0; at < visible.length; at += BODIES_AT_ONCE) {
      const some = visible.slice(at, at + BODIES_AT_ONCE)
      const texts = listOf(await this.#client.call('HMGET', bodies, ...some.map(({ id, version }) => member(id, version))))
      documents.push(...some.map(({ id, version }, index) => read<T>(kind, id, version, textOf(texts[index]))))
    }
    return documents
  }

  async put<T>(kind: string, id: string, body: T, { expectedVersion }: { expectedVersion?: number } = {}): Promise<Document<T>> {
    const text = canonicalJson(body)
    return this.#untilUnchanged(kind, id, async (found) => {
      checkExpected(kind, id, expectedVersion, found.removed ? 0 : found.version)
      const { newest, bodies, revision } = this.#keys.documents(kind)
      const same = !found.removed && textOf(await this.#client.call('HGET', bodies, member(id, found.version))) === text
      const version = same ? found.version : found.version + 1
      if (!same && (await this.#client.run(putScript, [newest, bodies, revision], [id, found.text, `${version}:0`, member(id, version), text])) !== 1) return null
      return { kind, id, version, body: JSON.parse(text) as T }
    })
  }

  restore({ kind, id, version, body }: Document): Promise<boolean> {
    return this.#untilUnchanged(kind, id, async (found) => {
      if (found.version >= version) return false
      const { newest, bodies, revision } = this.#keys.documents(kind)
      return (await this.#client.run(putScript, [newest, bodies, revision], [id, found.text, `${version}:0`, member(id, version), canonicalJson(body)])) === 1 ? true : null
    })
  }

  remove(kind: string, id: string): Promise<boolean> {
    return this.#untilUnchanged(kind, id, async (found) => {
      if (found.removed) return false
      const { newest, revision } = this.#keys.documents(kind)
      return (await this.#client.run(removeScript, [newest, revision], [id, found.text, `${found.version}:1`])) === 1 ? true : null
    })
  }

  async revision(): Promise<number> {
    return Number(textOf(await this.#client.call('GET', this.#keys.revision)) ?? 0)
  }

  /** Repeats the change (null: another writer was faster) on what is newest then. */
  async #untilUnchanged<R>(kind: string, id: string, change: (found: Newest) => Promise<R | null>): Promise<R> {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const done = await change(await this.#newest(kind, id))
      if (done !== null) return done
    }
    throw new ForageError('store_unavailable', `${kind} ${id} was changed by others ${MOST_ATTEMPTS} times meanwhile`, { kind, id })
  }

  async #newest(kind: string, id: string): Promise<Newest> {
    const text = textOf(await this.#client.call('HGET', this.#keys.documents(kind).newest, id))
    return text === null ? { version: 0, removed: true, text: '' } : parse(kind, id, text)
  }
}

const member = (id: string, version: number): string => `${version} ${id}`

function parse(kind: string, id: string, text: string): Newest {
  const [, version, removed] = /^(\d+):([01])$/.exec(text) ?? []
  if (version === undefined) throw unreadable(kind, id)
  return { version: Number(version), removed: removed === '1', text }
}

function read<T>(kind: string, id: string, version: number, text: string | null): Document<T> {
  try {
    if (text !== null) return { kind, id, version, body: JSON.parse(text) as T }
  } catch {
    // said below
  }
  throw unreadable(kind, id, version)
}

function unreadable(kind: string, id: string, version?: number): ForageError {
  return new ForageError('corrupt_state', `${kind} ${id}${version === undefined ? '' : `, version ${version},`} cannot be read`, { kind, id, version })
}
