import { CatalogBody, PlacementBody } from '@forage/contracts'
import { encodeRecord, ForageError, type PlacementSpec } from '@forage/domain'
import type { EventLog } from '@forage/event-log'
import type { LearnedShard } from '@forage/learner'
import type { Document, DocumentStore } from '@forage/store'
import { isDeepStrictEqual } from 'node:util'
import { parseWith } from '../http/validator.ts'
import { createServing, type Published, type Serving } from '../runtime/serving.ts'
import { encodeCatalog, type Catalog } from './catalog.ts'
import { buildDefinition, type Definition } from './definition.ts'
import { refusal } from '../http/problem.ts'

export interface RegistryParts {
  readonly documents: DocumentStore
  readonly log: EventLog
  /** The log finds records by key at little cost. */
  readonly findable: boolean
  /** What the learner of a partition is known to hold; null when nothing is known of it. */
  readonly shardOf: (partition: number) => Pick<LearnedShard, 'hasPlacement' | 'definitions'> | null
  /** What is served; the registry is its only writer. */
  readonly servings: Map<string, Serving>
  readonly prior: (definition: Definition) => Published
  /** Brings a new serving up to what is learned already. */
  readonly refresh: (serving: Serving) => void
  /** A document that another process wrote and that cannot be served, or not yet (`log_unavailable`): the previous version goes on. */
  readonly onBroken: (kind: string, id: string, error: unknown) => void
  /** The store had lost a document, which is written back: from memory, or as the log has it. */
  readonly onRestored: (kind: string, id: string, version: number) => void
}

/** Definitions as the store has them and as requests are served. Writes of this process go one after the other. */
export class PlacementRegistry {
  readonly #parts: RegistryParts
  #revision = -1
  /** A definition could not be announced, because the log was away: the next reload tries again. */
  #unfinished = false
  /** As read or written last, by kind and id. */
  readonly #known = new Map<string, Document>()
  #definitions = 0
  #queue: Promise<unknown> = Promise.resolve()

  constructor(parts: RegistryParts) {
    this.#parts = parts
  }

  /** Loads what the store has when it has changed since the last call: at start, and when another process has written. */
  reload(): Promise<void> {
    return this.#inTurn(async () => {
      const revision = await this.#parts.documents.revision()
      await this.#recoverDefinitions()
      if (revision < this.#revision) for (const document of this.#known.values()) await this.#restore(document) // the store went back in time
      const now = await this.#parts.documents.revision()
      if (now === this.#revision && !this.#unfinished) return
      let unfinished = false
      const { documents, servings, onBroken } = this.#parts
      const placements = await documents.list<unknown>('placement')
      const catalogs = new Map((await documents.list<unknown>('catalog')).map((document) => [document.id, document]))
      for (const document of placements) {
        try {
          const body = parseWith(PlacementBody, document.body)
          await this.#install(document.id, body, document.version, catalogs.get(document.id) ?? null)
        } catch (error) {
          if (error instanceof ForageError && error.code === 'log_unavailable') unfinished = true
          onBroken('placement', document.id, error)
        }
      }
      this.#known.clear()
      for (const document of [...placements, ...catalogs.values()]) this.#remember(document)
      const known = new Set(placements.map(({ id }) => id))
      for (const id of servings.keys()) if (!known.has(id)) servings.delete(id)
      this.#revision = now
      this.#unfinished = unfinished
    })
  }

  /** @throws ForageError `version_conflict`, or of the rule the definition breaks */
  put(id: string, body: PlacementBody, expectedVersion?: number): Promise<{ document: Document<PlacementBody>; created: boolean }> {
    return this.#inTurn(async () => {
      const { documents } = this.#parts
      await this.#recoverDefinitions()
      const before = await documents.get<PlacementBody>('placement', id)
      const catalog = await documents.get<unknown>('catalog', id)
      const trial = buildDefinition(id, body, 0)
      if (catalog !== null) encodeFor(trial, catalog)
      const document = await documents.put('placement', id, body, expectedVersion === undefined ? {} : { expectedVersion })
      await this.#install(id, body, document.version, catalog)
      this.#remember(document)
      return { document, created: before === null }
    })
  }

  remove(id: string): Promise<boolean> {
    return this.#inTurn(async () => {
      const removed = await this.#parts.documents.remove('placement', id)
      this.#parts.servings.delete(id)
      this.#known.delete(`placement ${id}`)
      return removed
    })
  }

  /** @throws ForageError `unknown_placement`, `version_conflict`, or naming the item that does not fit the encoder */
  putItems(id: string, body: CatalogBody, expectedVersion?: number): Promise<Document<CatalogBody>> {
    return this.#inTurn(async () => {
      const serving = this.#parts.servings.get(id)
      if (serving === undefined) throw unknownPlacement(id)
      const encoded = encodeCatalog(body, 0, serving.definition.encoder)
      const document = await this.#parts.documents.put('catalog', id, body, expectedVersion === undefined ? {} : { expectedVersion })
      this.#remember(document)
      if (serving.catalog?.version !== document.version) serving.catalog = { ...encoded, version: document.version }
      return document
    })
  }

  async #install(id: string, body: PlacementBody, version: number, catalog: Document<unknown> | null): Promise<void> {
    const { servings, prior, refresh } = this.#parts
    const old = servings.get(id)
    if (old?.definition.version === version && old.catalog?.version === catalog?.version) return
    if (old?.definition.version === version) {
      old.catalog = encodeFor(old.definition, catalog!)
      return
    }
    const definition = buildDefinition(id, body, version)
    const encoded = catalog === null ? null : encodeFor(definition, catalog)
    await this.#announce(definition)
    const serving = createServing(definition, encoded, prior(definition))
    if (old !== undefined) serving.decisions = old.decisions
    if (old?.definition.model === definition.model && isDeepStrictEqual(old.definition.spec.policy, definition.spec.policy)) {
      serving.current = old.current
      serving.ring.splice(0, 1, ...old.ring)
    }
    refresh(serving)
    servings.set(id, serving)
  }

  /**
   * The definition enters every partition before its first decision can, durable; once however often the process starts, unless several processes
   * do it at the same time, which changes nothing (the learner keeps the first).
   */
  async #announce({ spec, version }: Definition): Promise<void> {
    const { log, findable, shardOf } = this.#parts
    const record = encodeRecord({ v: 1, kind: 'placement', version, spec })
    for (let partition = 0; partition < log.partitions; partition++) {
      if (shardOf(partition)?.hasPlacement(spec.id, version) === true) continue
      const key = `\u0000placement/${spec.id}/${version}/${partition}` // no decision id has a control character
      if (!findable || (await log.find(key)) === null) await log.append(partition, record, { key })
    }
  }

  /**
   * The log has every definition that decisions were made under. One that the store does not know, not even as removed, was lost with the store:
   * its number must not be given to another.
   */
  async #recoverDefinitions(): Promise<void> {
    const { shardOf, log, documents } = this.#parts
    const newest = new Map<string, { version: number; spec: PlacementSpec }>()
    let count = 0
    for (let partition = 0; partition < log.partitions; partition++)
      for (const definition of shardOf(partition)?.definitions() ?? []) {
        count += 1
        if ((newest.get(definition.spec.id)?.version ?? 0) < definition.version) newest.set(definition.spec.id, definition)
      }
    if (count === this.#definitions && (await documents.revision()) >= this.#revision) return
    for (const { version, spec: { id, ...body } } of newest.values())
      if ((await documents.get('placement', id, version)) === null) await this.#restore({ kind: 'placement', id, version, body })
    this.#definitions = count
  }

  async #restore(document: Document): Promise<void> {
    const { kind, id, version } = document
    if (await this.#parts.documents.restore(document)) this.#parts.onRestored(kind, id, version)
  }

  #remember(document: Document): void {
    this.#known.set(`${document.kind} ${document.id}`, document)
  }

  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(action, action)
    this.#queue = turn.catch(() => undefined)
    return turn
  }
}

export function unknownPlacement(id: string): ForageError {
  return new ForageError('unknown_placement', `there is no placement ${JSON.stringify(id)}`, { field: 'placement' })
}

function encodeFor({ encoder }: Definition, { body, version }: Document<unknown>): Catalog {
  try {
    return encodeCatalog(parseWith(CatalogBody, body), version, encoder)
  } catch (error) {
    if (!(error instanceof ForageError)) throw error
    throw refusal('invalid_spec', [{ field: 'encoder', message: `the catalog does not fit it: ${error.message}` }])
  }
}
