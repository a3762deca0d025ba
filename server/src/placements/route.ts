import { CatalogBody, Name, PlacementBody } from '@forage/contracts'
import type { Document } from '@forage/store'
import type { Request, RequestHandler } from 'express'
import { sendJson } from '../http/answer.ts'
import { readJson } from '../http/body.ts'
import { refusal } from '../http/problem.ts'
import { parseWith } from '../http/validator.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Serving } from '../runtime/serving.ts'
import { unknownPlacement } from './registry.ts'

export function servingOf({ servings }: Runtime, request: Request): Serving {
  const id = String(request.params['id'])
  const serving = servings.get(id)
  if (serving === undefined) throw unknownPlacement(id.slice(0, 128))
  return serving
}

const reply = ({ definition: { spec, version } }: Serving) => ({ ...spec, version })

export function placementsHandler({ servings }: Runtime): RequestHandler {
  return (_, response) => sendJson(response, 200, { placements: [...servings.values()].map(reply).sort((a, b) => (a.id < b.id ? -1 : 1)) })
}

export function placementHandler(runtime: Runtime): RequestHandler {
  return (request, response) => {
    const found = servingOf(runtime, request)
    sendJson(response, 200, reply(found), etag(found.definition.version))
  }
}

/** PUT: the whole definition; what is left out gets its default. The posterior stays while the model's key does. */
export function putPlacementHandler({ registry }: Runtime, limit: number): RequestHandler {
  return async (request, response) => {
    const id = parseWith(Name, request.params['id'], 'id')
    const expected = expectedVersion(request)
    const { document, created } = await registry.put(id, parseWith(PlacementBody, await readJson(request, limit)), expected)
    sendJson(response, created ? 201 : 200, { ...document.body, id, version: document.version }, etag(document.version))
  }
}

export function removePlacementHandler({ registry }: Runtime): RequestHandler {
  return async (request, response) => {
    const id = String(request.params['id'])
    if (!(await registry.remove(id))) throw unknownPlacement(id.slice(0, 128))
    response.writeHead(204).end()
  }
}

export function itemsHandler(runtime: Runtime): RequestHandler {
  return async (request, response) => {
    const { spec } = servingOf(runtime, request).definition
    const document = await runtime.store.documents.get<CatalogBody>('catalog', spec.id)
    sendJson(response, 200, catalogReply(spec.id, document), etag(document?.version ?? 0))
  }
}

export function putItemsHandler(runtime: Runtime, limit: number): RequestHandler {
  return async (request, response) => {
    const { spec } = servingOf(runtime, request).definition
    const expected = expectedVersion(request)
    const document = await runtime.registry.putItems(spec.id, parseWith(CatalogBody, await readJson(request, limit)), expected)
    sendJson(response, 200, catalogReply(spec.id, document), etag(document.version))
  }
}

function catalogReply(placement: string, document: Document<CatalogBody> | null) {
  return { placement, version: document?.version ?? 0, items: document?.body.items ?? [] }
}

const etag = (version: number) => ({ etag: `"${version}"` })

/** From `If-Match: "3"`, `If-None-Match: *` or `?expectedVersion=3`; undefined when the writer does not care. */
function expectedVersion(request: Request): number | undefined {
  const { 'if-match': match, 'if-none-match': none } = request.headers
  if (none === '*') return 0
  const given = match ?? request.query['expectedVersion']
  if (given === undefined || given === '*') return undefined
  const digits = typeof given === 'string' ? /^(?:W\/)?"?(\d{1,15})"?$/.exec(given.trim()) : null
  if (digits === null) throw refusal('invalid_request', [{ field: match === undefined ? 'expectedVersion' : 'if-match', message: 'must be a version number' }])
  return Number(digits[1])
}
