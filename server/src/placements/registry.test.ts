import { ForageError } from '@forage/domain'
import { createMemoryLog } from '@forage/event-log/memory'
import { createMemoryStore } from '@forage/store/memory'
import { expect, it } from 'vitest'
import { goods, shop, startTestServer } from '../testing/start-test-server.ts'

const unclosed = <T extends { close(): Promise<void> }>(driver: T): T => Object.assign(driver, { close: async () => {} })

it('serves what another process wrote, and keeps what it broke', async () => {
  const store = createMemoryStore()
  const server = await startTestServer({}, { drivers: { log: createMemoryLog({ partitions: 2 }), store } })
  await server.call('PUT', '/api/placements/mine', shop)
  const { body } = (await store.documents.get('placement', 'mine'))!
  await store.documents.put('placement', 'theirs', body)
  await store.documents.put('catalog', 'theirs', { items: goods })
  await store.documents.put('placement', 'mine', { nonsense: true })
  const recommend = () => server.call('POST', '/recommend', { placement: 'theirs' })
  await expect.poll(async () => (await recommend()).status, { timeout: 5000 }).toBe(200)
  expect((await server.call('GET', '/api/placements/mine')).body).toMatchObject({ version: 1 })
  await store.documents.remove('placement', 'theirs')
  await expect.poll(async () => (await recommend()).status, { timeout: 5000 }).toBe(404)
  await server.close()
})

it('serves what another process wrote while the log was away, once the log is back', async () => {
  const [log, store] = [createMemoryLog(), createMemoryStore()]
  const append = log.append.bind(log)
  const server = await startTestServer({}, { drivers: { log, store } })
  await server.call('PUT', '/api/placements/mine', shop)
  let refused = 0
  log.append = async () => {
    refused += 1
    throw new ForageError('log_unavailable', 'away')
  }
  await store.documents.put('placement', 'theirs', (await store.documents.get('placement', 'mine'))!.body)
  await expect.poll(() => refused, { timeout: 5000 }).toBeGreaterThan(0)
  const recommend = async (placement: string) => (await server.call('POST', '/recommend', { placement, candidates: goods })).status
  expect([await recommend('theirs'), await recommend('mine')]).toEqual([404, 200])
  log.append = append
  await expect.poll(() => recommend('theirs'), { timeout: 5000 }).toBe(200)
  await server.close()
})

it('announces a version once in every partition, however often it starts', async () => {
  const [log, store] = [unclosed(createMemoryLog({ partitions: 2 })), unclosed(createMemoryStore())]
  for (const floor of [0.1, 0.1, 0.2]) {
    const server = await startTestServer({}, { drivers: { log, store } })
    await server.call('PUT', '/api/placements/shop', { ...shop, floor })
    await server.close()
  }
  for (const partition of [0, 1]) {
    const versions = (await log.read(partition, 0)).map(({ value }) => JSON.parse(Buffer.from(value).toString('utf8')) as { kind: string; version: number })
    expect(versions.map(({ kind, version }) => [kind, version])).toEqual([['placement', 1], ['placement', 2]])
  }
})

it('hides a removed placement and goes on with its versions when it comes back', async () => {
  const server = await startTestServer()
  await server.call('PUT', '/api/placements/shop', shop)
  expect((await server.call('DELETE', '/api/placements/shop')).status).toBe(204)
  expect((await server.call('DELETE', '/api/placements/shop')).status).toBe(404)
  expect((await server.call('POST', '/recommend', { placement: 'shop', candidates: goods })).body).toMatchObject({ code: 'unknown_placement' })
  const { status, body } = await server.call('PUT', '/api/placements/shop', shop)
  expect([status, body]).toMatchObject([201, { version: 2 }])
  expect((await server.call('POST', '/recommend', { placement: 'shop', candidates: goods })).status).toBe(200)
  await server.close()
})
