import { describe, expect, it } from 'vitest'
import { hash32 } from './hash.ts'

describe('hash32', () => {
  // Reference values of MurmurHash3 x86_32 as published with its test vectors.
  it.each([
    ['', 0, 0],
    ['', 1, 0x514e28b7],
    ['', 0xffffffff, 0x81f16f39],
    ['aaaa', 0x9747b28c, 0x5a97808a],
    ['aaa', 0x9747b28c, 0x283e0130],
    ['aa', 0x9747b28c, 0x5d211726],
    ['a', 0x9747b28c, 0x7fa09ea6],
    ['Hello, world!', 0x9747b28c, 0x24884cba],
    ['ππππππππ', 0x9747b28c, 0xd58063c1],
  ])('gives the published value of %j with seed %i', (text, seed, expected) => {
    expect(hash32(text, seed)).toBe(expected)
  })
})
