import { describe, it } from 'vitest'
import { storeContract } from '../contract.ts'
import { createMemoryStore } from './memory.ts'

describe('the memory store', () => {
  it.each(Object.entries(storeContract))('%s', (_, contract) => contract(async (now) => createMemoryStore({ now })))
})
