import { canonicalJson } from '../canonical-json.ts'
import { checkExpected } from '../expected-version.ts'
import type { Document, DocumentStore } from '../store.ts'

interface Versions {
  /** Canonical JSON of versions 1, 2, 3 … */
  readonly bodies: string[]
  removed: boolean
}

export class MemoryDocuments implements DocumentStore {
  readonly #guard: () => void
  readonly #kinds = new Map<string, Map<string, Versions>>()
  #revision = 0

  constructor(guard: () => void) {
    this.#guard = guard
  }

  async get<T>(kind: string, id: string, version?: number): Promise<Document<T> | null> {
    const found = this.#kind(kind).get(id)
    if (found === undefined || (version === undefined && found.removed)) return null
    const number = version ?? found.bodies.length
    const body = found.bodies[number - 1]
    return body === undefined ? null : { kind, id, version: number, body: JSON.parse(body) as T }
  }

  async list<T>(kind: string): Promise<Document<T>[]> {
    const visible = [...this.#kind(kind)].filter(([, { removed }]) => !removed).sort(([a], [b]) => (a < b ? -1 : 1))
    return visible.map(([id, { bodies }]) => ({ kind, id, version: bodies.length, body: JSON.parse(bodies.at(-1)!) as T }))
  }

  async put<T>(kind: string, id: string, body: T, { expectedVersion }: { expectedVersion?: number } = {}): Promise<Document<T>> {
    const documents = this.#kind(kind)
    const text = canonicalJson(body)
    const found = documents.get(id) ?? { bodies: [], removed: true }
    checkExpected(kind, id, expectedVersion, found.removed ? 0 : found.bodies.length)
    if (found.removed || found.bodies.at(-1) !== text) {
      found.bodies.push(text)
      found.removed = false
      documents.set(id, found)
      this.#revision += 1
    }
    return { kind, id, version: found.bodies.length, body: JSON.parse(text) as T }
  }

  async restore({ kind, id, version, body }: Document): Promise<boolean> {
    const documents = this.#kind(kind)
    const found = documents.get(id) ?? { bodies: [], removed: true }
    if (found.bodies.length >= version) return false
    found.bodies[version - 1] = canonicalJson(body)
    found.removed = false
    documents.set(id, found)
    this.#revision += 1
    return true
  }

  async remove(kind: string, id: string): Promise<boolean> {
    const found = this.#kind(kind).get(id)
    if (found === undefined || found.removed) return false
    found.removed = true
    this.#revision += 1
    return true
  }

  async revision(): Promise<number> {
    this.#guard()
    return this.#revision
  }

  #kind(kind: string): Map<string, Versions> {
    this.#guard()
    const documents = this.#kinds.get(kind) ?? new Map<string, Versions>()
    this.#kinds.set(kind, documents)
    return documents
  }
}
