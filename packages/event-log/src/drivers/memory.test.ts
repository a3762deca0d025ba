import { describe, it } from 'vitest'
import { eventLogContract } from '../contract.ts'
import { createMemoryLog } from './memory.ts'

describe('the memory log', () => {
  it.each(Object.entries(eventLogContract))('%s', (_, contract) => contract(async (options) => createMemoryLog(options)))
})
