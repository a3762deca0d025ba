/**
 * JSON.parse for the bodies of a hot path: plain ASCII text without escapes, numbers of at most 15 digits. Reads the bytes where they lie,
 * knows names and short strings again, and makes a number with one exact division instead of the general algorithm, which is most of what
 * JSON.parse spends on a body full of numbers. Whatever is not plain, or not JSON, is left to JSON.parse: `undefined`.
 */
export function parsePlainJson(body: Buffer): unknown {
  bytes = body
  at = 0
  odd = false
  longNumbers = 0
  skipSpace()
  const parsed = readValue(0)
  skipSpace()
  const whole = !odd && at === body.length
  bytes = NONE
  return whole ? parsed : undefined
}

/** As deep as bodies may be nested, and a little more: `refuseDeepJson` speaks first. */
const DEEPEST = 24
/** Numbers that need the general algorithm; with more of them JSON.parse is the faster one. */
const LONG_NUMBERS = 4
const EXACT_DIGITS = 15
const SHORT = 24
const SLOTS = 2048

const NONE = Buffer.alloc(0)
const tens = Float64Array.from({ length: EXACT_DIGITS + 1 }, (_, power) => 10 ** power)
/** Strings seen lately, by hash: a name or an id that comes again costs no new string. */
const known: string[] = Array.from({ length: SLOTS }, () => '')

let bytes: Buffer = NONE
let at = 0
let odd = false
let longNumbers = 0

function giveUp(): undefined {
  odd = true
  at = bytes.length
  return undefined
}

function skipSpace(): void {
  for (let byte = bytes[at]; byte === 32 || byte === 10 || byte === 13 || byte === 9; byte = bytes[at]) at += 1
}

function readValue(depth: number): unknown {
  const byte = bytes[at]
  if (byte === 34) return readString()
  if (byte === 123) return readObject(depth + 1)
  if (byte === 91) return readArray(depth + 1)
  if (byte === 116) return readWord('true', true)
  if (byte === 102) return readWord('false', false)
  if (byte === 110) return readWord('null', null)
  return readNumber()
}

function readWord<T>(word: string, value: T): T | undefined {
  for (let index = 0; index < word.length; index++) if (bytes[at + index] !== word.charCodeAt(index)) return giveUp()
  at += word.length
  return value
}

/** Between two values: true after a comma, false after the closing bracket. */
function goesOn(closing: number): boolean {
  let byte = bytes[at]
  if (byte !== 44 && byte !== closing) {
    skipSpace()
    byte = bytes[at]
  }
  at += 1
  if (byte === closing) return false
  if (byte !== 44) return giveUp() ?? false
  if (bytes[at]! <= 32) skipSpace()
  return true
}

function readObject(depth: number): Record<string, unknown> {
  const object: Record<string, unknown> = {}
  if (depth > DEEPEST) return giveUp() ?? object
  at += 1
  if (bytes[at]! <= 32) skipSpace()
  if (bytes[at] === 125) {
    at += 1
    return object
  }
  do {
    const name = bytes[at] === 34 ? readString() : giveUp()
    if (name === undefined || name === '__proto__') return giveUp() ?? object
    if (bytes[at] !== 58) skipSpace()
    if (bytes[at] !== 58) return giveUp() ?? object
    at += 1
    if (bytes[at]! <= 32) skipSpace()
    object[name] = readValue(depth)
  } while (goesOn(125))
  return object
}

function readArray(depth: number): unknown[] {
  const array: unknown[] = []
  if (depth > DEEPEST) return giveUp() ?? array
  at += 1
  if (bytes[at]! <= 32) skipSpace()
  if (bytes[at] === 93) {
    at += 1
    return array
  }
  do array.push(readValue(depth))
  while (goesOn(93))
  return array
}

function readString(): string | undefined {
  const text = bytes
  const start = at + 1
  let next = start
  let hash = 0
  for (let byte = text[next]!; byte !== 34; byte = text[++next]!) {
    if (!(byte >= 32 && byte < 127) || byte === 92) return giveUp() // also past the end
    hash = (Math.imul(hash, 31) + byte) | 0
  }
  at = next + 1
  const length = next - start
  if (length > SHORT) return latin1(start, next)
  const slot = (hash ^ (hash >>> 11)) & (SLOTS - 1)
  const candidate = known[slot]!
  if (candidate.length === length && isText(candidate, text, start)) return candidate
  return (known[slot] = latin1(start, next))
}

function isText(candidate: string, text: Uint8Array, start: number): boolean {
  for (let index = 0; index < candidate.length; index++) if (candidate.charCodeAt(index) !== text[start + index]) return false
  return true
}

function latin1(from: number, to: number): string {
  return bytes.toString('latin1', from, to)
}

/**
 * Up to 15 digits are an integer below 2⁵³ over a power of ten up to 10¹⁵: both are exact, so their quotient is the nearest float64, as
 * JSON.parse gives it (Clinger 1990, §3).
 */
function readNumber(): number | undefined {
  const text = bytes
  const start = at
  let next = at
  const negative = text[next] === 45
  if (negative) next += 1
  const first = next
  let value = 0
  let byte = text[next]!
  while (byte >= 48 && byte <= 57) {
    value = value * 10 + (byte - 48)
    byte = text[++next]!
  }
  let digits = next - first
  if (digits === 0 || (digits > 1 && text[first] === 48)) return giveUp()
  let places = 0
  if (byte === 46) {
    const point = next
    byte = text[++next]!
    while (byte >= 48 && byte <= 57) {
      value = value * 10 + (byte - 48)
      byte = text[++next]!
    }
    places = next - point - 1
    if (places === 0) return giveUp()
    digits += places
  }
  if (byte === 101 || byte === 69) return giveUp()
  at = next
  if (digits <= EXACT_DIGITS) {
    if (places > 0) value /= tens[places]!
    return negative ? -value : value
  }
  longNumbers += 1
  return longNumbers > LONG_NUMBERS ? giveUp() : Number(latin1(start, next))
}
