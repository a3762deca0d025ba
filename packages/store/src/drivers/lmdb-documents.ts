import { canonicalJson } from '../canonical-json.ts'
import { checkExpected } from '../expected-version.ts'
import type { Document, DocumentStore } from '../store.ts'
import { keyOf, type LmdbTable } from './lmdb-table.ts'

interface Newest {
  readonly id: string
  readonly version: number
  readonly removed: boolean
}

export class LmdbDocuments implements DocumentStore {
  /** (kind, id, version) → canonical JSON. */
  readonly #bodies: LmdbTable
  /** (kind, id) → `Newest`. */
  readonly #newest: LmdbTable
  readonly #counters: LmdbTable

  constructor(bodies: LmdbTable, newest: LmdbTable, counters: LmdbTable) {
    this.#bodies = bodies
    this.#newest = newest
    this.#counters = counters
  }

  async get<T>(kind: string, id: string, version?: number): Promise<Document<T> | null> {
    return this.#bodies.read(() => {
      const newest = this.#newestOf(kind, id)
      if (newest === null || (version === undefined && newest.removed)) return null
      const wanted = version ?? newest.version
      if (!Number.isInteger(wanted) || wanted < 1 || wanted > newest.version) return null
      return this.#bodies.get(keyOf(kind, id, wanted)) === undefined ? null : this.#document<T>(kind, id, wanted)
    })
  }

  async list<T>(kind: string): Promise<Document<T>[]> {
    return this.#bodies.read(() => {
      const newest = [...this.#newest.under(keyOf(kind))].map(([, value]) => parse<Newest>(value))
      const visible = newest.filter(({ removed }) => !removed).sort((a, b) => (a.id < b.id ? -1 : 1))
      return visible.map(({ id, version }) => this.#document<T>(kind, id, version))
    })
  }

  async put<T>(kind: string, id: string, body: T, { expectedVersion }: { expectedVersion?: number } = {}): Promise<Document<T>> {
    const text = canonicalJson(body)
    return this.#bodies.transaction(() => {
      const newest = this.#newestOf(kind, id) ?? { id, version: 0, removed: true }
      checkExpected(kind, id, expectedVersion, newest.removed ? 0 : newest.version)
      const same = !newest.removed && this.#text(kind, id, newest.version) === text
      const version = same ? newest.version : newest.version + 1
      if (!same) {
        this.#bodies.put(keyOf(kind, id, version), Buffer.from(text))
        this.#change(kind, { id, version, removed: false })
      }
      return { kind, id, version, body: JSON.parse(text) as T }
    })
  }

  restore({ kind, id, version, body }: Document): Promise<boolean> {
    const text = canonicalJson(body)
    return this.#bodies.transaction(() => {
      if ((this.#newestOf(kind, id)?.version ?? 0) >= version) return false
      this.#bodies.put(keyOf(kind, id, version), Buffer.from(text))
      this.#change(kind, { id, version, removed: false })
      return true
    })
  }

  remove(kind: string, id: string): Promise<boolean> {
    return this.#bodies.transaction(() => {
      const newest = this.#newestOf(kind, id)
      if (newest === null || newest.removed) return false
      this.#change(kind, { ...newest, removed: true })
      return true
    })
  }

  async revision(): Promise<number> {
    return this.#counters.read(() => this.#revision())
  }

  #change(kind: string, newest: Newest): void {
    this.#newest.put(keyOf(kind, newest.id), Buffer.from(JSON.stringify(newest)))
    this.#counters.put(keyOf('revision'), Buffer.from(String(this.#revision() + 1)))
  }

  #revision(): number {
    const bytes = this.#counters.get(keyOf('revision'))
    return bytes === undefined ? 0 : Number(Buffer.from(bytes).toString())
  }

  #newestOf(kind: string, id: string): Newest | null {
    const bytes = this.#newest.get(keyOf(kind, id))
    return bytes === undefined ? null : parse<Newest>(bytes)
  }

  #document<T>(kind: string, id: string, version: number): Document<T> {
    return { kind, id, version, body: JSON.parse(this.#text(kind, id, version)) as T }
  }

  #text(kind: string, id: string, version: number): string {
    return Buffer.from(this.#bodies.get(keyOf(kind, id, version)) ?? []).toString()
  }
}

function parse<T>(bytes: Uint8Array): T {
  return JSON.parse(Buffer.from(bytes).toString()) as T
}
