import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { isFleet, readConfig } from './config.ts'

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

const fleet = { FORAGE_KAFKA_BROKERS: 'k1:9092, k2:9092', FORAGE_REDIS_URL: 'redis://r:6379' }

it('takes Kafka and Redis together or not at all', () => {
  expect(readConfig(fleet)).toMatchObject({ kafkaBrokers: ['k1:9092', 'k2:9092'], redisUrl: 'redis://r:6379', kafkaTopic: 'interactions' })
  expect(isFleet(readConfig(fleet))).toBe(true)
  expect(isFleet(readConfig())).toBe(false)
  expect(() => readConfig({ FORAGE_KAFKA_BROKERS: 'k1:9092' })).toThrow('FORAGE_REDIS_URL: is missing')
  expect(() => readConfig({ FORAGE_REDIS_CLUSTER: 'r:1,s:2' })).toThrow('FORAGE_KAFKA_BROKERS: is missing')
})

it.each([
  [{ FORAGE_KAFKA_BROKERS: 'k1' }, 'FORAGE_KAFKA_BROKERS: must be a list of host:port'],
  [{ ...fleet, FORAGE_REDIS_URL: 'http://r' }, 'FORAGE_REDIS_URL: must be a URL'],
  [{ ...fleet, FORAGE_REDIS_CLUSTER: 'r:1' }, 'are alternatives'],
  [{ FORAGE_KAFKA_BROKERS: 'k:1', FORAGE_REDIS_SENTINELS: 'r:1' }, 'FORAGE_REDIS_MASTER: is missing'],
  [{ ...fleet, FORAGE_KAFKA_SASL_MECHANISM: 'plain' }, 'FORAGE_KAFKA_SASL_USERNAME: is missing'],
  [{ ...fleet, FORAGE_KAFKA_SASL_PASSWORD: 'hush-hush' }, 'FORAGE_KAFKA_SASL_MECHANISM: is missing'],
  [{ ...fleet, FORAGE_KAFKA_TLS: 'yes' }, 'FORAGE_KAFKA_TLS: must be true or false'],
  [{ ...fleet, FORAGE_REDIS_PREFIX: '{x}' }, 'FORAGE_REDIS_PREFIX: must not have braces'],
  [{ ...fleet, FORAGE_REDIS_PASSWORD_FILE: '/no/such/file' }, 'FORAGE_REDIS_PASSWORD_FILE: the file cannot be read (ENOENT)'],
])('refuses %o', (env, message) => {
  expect(() => readConfig(env)).toThrow(message)
  expect(() => readConfig(env)).not.toThrow('hush')
})

it('reads passwords from files', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'forage-config-')), 'password')
  writeFileSync(file, 'secret\n')
  expect(readConfig({ ...fleet, FORAGE_REDIS_PASSWORD_FILE: file }).redisPassword).toBe('secret')
})
