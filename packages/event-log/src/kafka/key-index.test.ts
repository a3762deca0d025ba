import { expect, it } from 'vitest'
import { KeyIndex } from './key-index.ts'

it('keeps the first position of a key, in whatever order they are seen, and the newest keys', () => {
  const keys = new KeyIndex(2)
  keys.add('a', { partition: 0, offset: 5 })
  keys.add('a', { partition: 0, offset: 3 })
  keys.add('a', { partition: 0, offset: 9 })
  keys.add('a', { partition: 1, offset: 0 })
  expect(keys.find('a')).toEqual({ partition: 0, offset: 3 })
  keys.addAll(1, [{ offset: 7, time: 0, key: Buffer.from('b'), value: Buffer.alloc(0) }, { offset: 8, time: 0, key: null, value: Buffer.alloc(0) }])
  keys.add('c', { partition: 0, offset: 10 })
  expect([keys.find('a'), keys.find('b'), keys.find('c')]).toEqual([null, { partition: 1, offset: 7 }, { partition: 0, offset: 10 }])
})
