import { refusal } from './problem.ts'

/** Deeper than any body we accept (batch → event, candidates → features → three levels). */
const LIMIT = 16
const [QUOTE, BACKSLASH, COLON] = [34, 92, 58]

/**
 * Refuses nesting deeper than any schema allows before JSON.parse sees it: parsing 256 KiB of brackets takes a hundred times as long as
 * parsing 256 KiB of numbers. One pass over the bytes; names the top-level field the depth is in.
 * @throws ForageError `invalid_request`
 */
export function refuseDeepJson(body: Uint8Array): void {
  let depth = 0
  let field = 'body'
  for (let at = 0; at < body.length; at++) {
    const byte = body[at]!
    if (byte === QUOTE) {
      const start = at + 1
      for (at += 1; at < body.length && body[at] !== QUOTE; at++) if (body[at] === BACKSLASH) at += 1
      if (depth === 1 && nextIsColon(body, at + 1)) field = Buffer.from(body.buffer, body.byteOffset + start, Math.min(at - start, 64)).toString('utf8')
    } else if (byte === 91 || byte === 123) {
      depth += 1
      if (depth > LIMIT) throw refusal('invalid_request', [{ field, message: `is nested deeper than ${LIMIT} levels` }])
    } else if (byte === 93 || byte === 125) depth -= 1
  }
}

function nextIsColon(body: Uint8Array, from: number): boolean {
  for (let at = from; at < body.length; at++) {
    const byte = body[at]!
    if (byte === COLON) return true
    if (byte > 32) return false
  }
  return false
}
