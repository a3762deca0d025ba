import { isAscii, isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { ForageError } from '@forage/domain'
import { refuseDeepJson } from './depth.ts'
import { refusal } from './problem.ts'
import { parsePlainJson } from './plain-json.ts'

const JSON_TYPE = /^application\/json[ \t]*(?:;[ \t]*charset[ \t]*=[ \t]*"?utf-8"?[ \t]*)?;?$/i
/** Bodies up to this size cannot be nested deeply enough to make JSON.parse slow. */
const SHALLOW_BYTES = 32_768

/**
 * Collects a JSON body; `done` is called once, in the same tick as the last byte, unless the client goes away first.
 * Refuses by header before a byte is read where it can.
 */
export function collectBody(request: IncomingMessage, limit: number, done: (error: ForageError | null, body: Buffer) => void): void {
  const { headers } = request
  const length = headers['content-length']
  const empty = length === undefined ? headers['transfer-encoding'] === undefined : Number(length) === 0
  if (empty) return done(new ForageError('malformed_json', 'the body is empty', { field: 'body' }), EMPTY)
  const type = headers['content-type']
  if (type !== 'application/json' && (type === undefined || !JSON_TYPE.test(type)))
    return done(new ForageError('unsupported_media_type', `send Content-Type: application/json, not ${type ?? 'nothing'}`, { field: 'content-type' }), EMPTY)
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity')
    return done(new ForageError('unsupported_media_type', 'compressed bodies are not accepted', { field: 'content-encoding' }), EMPTY)
  if (length !== undefined && Number(length) > limit) return done(tooLarge(limit), EMPTY)

  let first: Buffer | null = null
  let more: Buffer[] | null = null
  let size = 0
  let over = false
  request.on('data', (chunk: Buffer) => {
    if (over) return
    size += chunk.length
    if (size > limit) {
      over = true
      done(tooLarge(limit), EMPTY)
    } else if (first === null) first = chunk
    else (more ??= [first]).push(chunk)
  })
  request.on('end', () => {
    if (over) return
    if (first === null) done(new ForageError('malformed_json', 'the body is empty', { field: 'body' }), EMPTY)
    else done(null, more === null ? first : Buffer.concat(more, size))
  })
  request.on('error', ignore)
}

const EMPTY = Buffer.alloc(0)
const ignore = () => undefined

function tooLarge(limit: number): ForageError {
  return new ForageError('body_too_large', `the body is larger than ${limit} bytes`, { field: 'body', limit })
}

/** @throws ForageError `malformed_json`, or `invalid_request` for nesting no schema of ours has */
export function parseJson(body: Buffer): unknown {
  if (body.length > SHALLOW_BYTES) refuseDeepJson(body)
  const plain = parsePlainJson(body)
  if (plain !== undefined) return plain
  const ascii = isAscii(body) // then bytes are characters: no decoding, and V8 parses one-byte strings faster
  if (!ascii && !isUtf8(body)) throw new ForageError('malformed_json', 'the body is not UTF-8', { field: 'body' })
  try {
    return JSON.parse(body.toString(ascii ? 'latin1' : 'utf8'))
  } catch (cause) {
    throw new ForageError('malformed_json', cause instanceof Error ? cause.message.slice(0, 200) : 'not JSON', { field: 'body' }, { cause })
  }
}

/** The collected and parsed body, for routes that are not hot. */
export function readJson(request: IncomingMessage, limit: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    collectBody(request, limit, (error, body) => {
      if (error !== null) return reject(error)
      try {
        resolve(parseJson(body))
      } catch (fault) {
        reject(fault)
      }
    })
    request.once('aborted', () => reject(refusal('invalid_request', [{ field: 'body', message: 'was cut off' }])))
  })
}
