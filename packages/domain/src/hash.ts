/**
 * MurmurHash3 x86 32-bit (Austin Appleby, public domain algorithm) of the UTF-8 bytes of `text`.
 * Deterministic on every machine; not for secrets. ASCII text costs no allocation.
 */
export function hash32(text: string, seed = 0): number {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 127) return hashBytes(encoder.encode(text), seed)
  const { length } = text
  const blocks = length & ~3
  let h = seed
  for (let index = 0; index < blocks; index += 4)
    h = mixBlock(h, text.charCodeAt(index) | (text.charCodeAt(index + 1) << 8) | (text.charCodeAt(index + 2) << 16) | (text.charCodeAt(index + 3) << 24))
  let tail = 0
  for (let index = length - 1; index >= blocks; index--) tail = (tail << 8) | text.charCodeAt(index)
  return finish(length & 3 ? h ^ scramble(tail) : h, length)
}

const encoder = new TextEncoder()

function hashBytes(bytes: Uint8Array, seed: number): number {
  const { length } = bytes
  const blocks = length & ~3
  let h = seed
  for (let index = 0; index < blocks; index += 4)
    h = mixBlock(h, bytes[index]! | (bytes[index + 1]! << 8) | (bytes[index + 2]! << 16) | (bytes[index + 3]! << 24))
  let tail = 0
  for (let index = length - 1; index >= blocks; index--) tail = (tail << 8) | bytes[index]!
  return finish(length & 3 ? h ^ scramble(tail) : h, length)
}

function scramble(block: number): number {
  const k = Math.imul(block, 0xcc9e2d51)
  return Math.imul((k << 15) | (k >>> 17), 0x1b873593)
}

function mixBlock(h: number, block: number): number {
  const mixed = h ^ scramble(block)
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0
}

function finish(h: number, length: number): number {
  let x = h ^ length
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return (x ^ (x >>> 16)) >>> 0
}
