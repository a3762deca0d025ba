import { expect, it } from 'vitest'
import { readConfig } from './config.ts'

it('has defaults for everything and listens to this machine only', () => {
  expect(readConfig()).toMatchObject({ host: '127.0.0.1', port: 8080, dataDir: './data' })
})

it('takes the environment, and options over it; empty is not set', () => {
  expect(readConfig({ PORT: '9000', LOG_LEVEL: '', FORAGE_DATA: 'here' }, { port: 0 })).toMatchObject({ port: 0, logLevel: 'info', dataDir: 'here' })
  expect(readConfig({}, { dataDir: null }).dataDir).toBeNull()
})

it('names every fault at once, by the variable it came from', () => {
  const wrong = () => readConfig({ PORT: '99999', LOG_LEVEL: 'loud', FORAGE_PARTITIONS: '0' })
  expect(wrong).toThrow(/PORT.*\n.*LOG_LEVEL.*\n.*FORAGE_PARTITIONS/)
})
