import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { describeWithRedis, startCluster, startRedis } from './redis.ts'
import { type RedisProcess, until } from './redis-process.ts'
import { closeStores, numberedWrite, openTestStore } from './redis-writer.ts'

describeWithRedis('the Redis store, beyond the contract', 'processes', () => {
  let server: RedisProcess
  beforeAll(async () => void (server = await startRedis()))
  afterEach(closeStores)
  afterAll(() => server.stop())

  it('saves and loads what no single command may carry, all of it or nothing', async () => {
    const prefix = 'big:'
    const { checkpoints } = await openTestStore({ url: server.url }, { prefix, commandTimeoutMs: 5000 })
    const [first, second] = [await checkpoints.acquire('learner', 0), await checkpoints.acquire('learner', 0)]
    const fields = new Map(Array.from({ length: 120 }, (_, index) => [`model/${index}`, new Uint8Array(64 << 10).fill(index)]))
    const entries = new Map(Array.from({ length: 9000 }, (_, index) => [`decision/${index}`, Uint8Array.of(index & 255, index >> 8)]))
    const write = { epoch: second, offset: 5, replayFrom: 5, fields, entries }
    await expect(checkpoints.save('learner', 0, { ...write, epoch: first })).rejects.toMatchObject({ code: 'fenced' })
    expect(await checkpoints.load('learner', 0)).toBeNull()
    expect(await checkpoints.entries('learner', 0, ['decision/0', 'decision/8999'])).toEqual(new Map())
    await server.command('FLUSHALL') // with the parts of the refused save
    const epoch = await checkpoints.acquire('learner', 0)
    await checkpoints.save('learner', 0, { ...write, epoch })
    const loaded = (await checkpoints.load('learner', 0))!.fields
    expect([...loaded.keys()].toSorted()).toEqual([...fields.keys()].toSorted())
    for (const [name, bytes] of fields) expect(Buffer.compare(loaded.get(name)!, bytes), name).toBe(0)
    expect(await checkpoints.entries('learner', 0, [...entries.keys()])).toEqual(entries)
    expect(await server.command('DBSIZE')).toBe(':4\r\n') // no part is left over
    const deleted = new Map([...entries.keys()].slice(1).map((key) => [key, null]))
    await checkpoints.save('learner', 0, { epoch, offset: 6, replayFrom: 6, fields: new Map(), entries: deleted })
    expect(await checkpoints.entries('learner', 0, [...entries.keys()])).toEqual(new Map([['decision/0', Uint8Array.of(0, 0)]]))
  })

  it('keeps no more than one try of a big save that never gets through', async () => {
    const prefix = 'tries:'
    const { checkpoints } = await openTestStore({ url: server.url }, { prefix, commandTimeoutMs: 5000 })
    const [first] = [await checkpoints.acquire('learner', 0), await checkpoints.acquire('learner', 0)]
    const big = (offset: number) => ({ epoch: first, offset, replayFrom: 0, fields: new Map([['a', new Uint8Array(600 << 10)], ['b', new Uint8Array(600 << 10)]]), entries: new Map() })
    const staged = async () => (await server.command('KEYS', `${prefix}*:staged:*`)).split('\r\n')[0]
    const epoch = await checkpoints.acquire('learner', 0)
    await checkpoints.save('learner', 0, { ...big(3), epoch })
    expect(await staged()).toBe('*0')
    await server.command('HSET', `${prefix}{checkpoint:learner:0}:state`, 'epoch', '99')
    for (const offset of [4, 5, 6]) await expect(checkpoints.save('learner', 0, { ...big(offset), epoch })).rejects.toMatchObject({ code: 'fenced' })
    expect(await staged()).toBe('*2')
  })

  it('remembers what was deleted only so long, and tells readers everything after that', async () => {
    const prefix = 'deleted:'
    const { checkpoints } = await openTestStore({ url: server.url }, { prefix, commandTimeoutMs: 5000 })
    const epoch = await checkpoints.acquire('learner', 0)
    const save = (offset: number, fields: [string, Uint8Array | null][]) => checkpoints.save('learner', 0, { epoch, offset, replayFrom: 0, fields: new Map(fields), entries: new Map() })
    await save(1, [['a', Uint8Array.of(1)]])
    let reader = (await checkpoints.changesSince!('learner', 0, null))!
    const { revision: old } = reader
    let [wholes, most] = [0, 0]
    for (let offset = 2; offset < 62; offset++) {
      const names = (at: number) => Array.from({ length: 50 }, (_, index) => `expiry/${at}/${index}`)
      await save(offset, [...names(offset).map((name): [string, Uint8Array] => [name, Uint8Array.of(offset)]), ...names(offset - 1).map((name): [string, null] => [name, null])])
      const { revision } = reader
      reader = (await checkpoints.changesSince!('learner', 0, revision))!
      if (reader.whole) wholes += 1
      expect(reader.fields.size).toBe(reader.whole ? 51 : 100)
      most = Math.max(most, Number((await server.command('ZCARD', `${prefix}{checkpoint:learner:0}:changed`)).slice(1)))
    }
    expect([most < 1300, wholes]).toEqual([true, 0]) // who keeps up is never told everything
    expect((await checkpoints.changesSince!('learner', 0, old))!).toMatchObject({ whole: true, offset: 61 })
  })

  it('gives everything of a checkpoint that was saved before changes were kept', async () => {
    const prefix = 'older:'
    const { checkpoints } = await openTestStore({ url: server.url }, { prefix })
    const epoch = await checkpoints.acquire('learner', 0)
    await checkpoints.save('learner', 0, numberedWrite(epoch, 1))
    const key = `${prefix}{checkpoint:learner:0}`
    await server.command('DEL', `${key}:changed`, `${key}:recent`)
    await server.command('HDEL', `${key}:state`, 'saves')
    const first = (await checkpoints.changesSince!('learner', 0, null))!
    expect(first).toMatchObject({ whole: true, offset: 1 })
    expect(await checkpoints.changesSince!('learner', 0, first.revision)).toMatchObject({ whole: true, offset: 1 })
    await checkpoints.save('learner', 0, numberedWrite(epoch, 2))
    const second = (await checkpoints.changesSince!('learner', 0, first.revision))!
    expect(second).toMatchObject({ whole: true, offset: 2 })
    await checkpoints.save('learner', 0, { ...numberedWrite(epoch, 3), fields: new Map([['b', null]]) })
    expect(await checkpoints.changesSince!('learner', 0, second.revision)).toMatchObject({ whole: false, offset: 3, fields: new Map([['b', null]]) })
  })

  it('moves what changed, not what there is', async () => {
    const { checkpoints } = await openTestStore({ url: server.url }, { commandTimeoutMs: 5000 })
    const epoch = await checkpoints.acquire('learner', 0)
    const save = (offset: number, names: readonly number[]) => checkpoints.save('learner', 0, { epoch, offset, replayFrom: 0, entries: new Map(), fields: new Map(names.map((name) => [`arm/${name}`, new Uint8Array(8192).fill(offset)])) })
    await save(1, Array.from({ length: 500 }, (_, index) => index))
    const { revision } = (await checkpoints.changesSince!('learner', 0, null))!
    await save(2, [3, 99, 7, 400, 12])
    const sent = async () => Number(/total_net_output_bytes:(\d+)/.exec(await server.command('INFO', 'stats'))![1])
    const before = await sent()
    const changes = (await checkpoints.changesSince!('learner', 0, revision))!
    expect(changes).toMatchObject({ whole: false, offset: 2 })
    expect([...changes.fields.keys()].toSorted()).toEqual(['arm/12', 'arm/3', 'arm/400', 'arm/7', 'arm/99'])
    expect((await sent()) - before).toBeLessThan(2 * 5 * 8192) // with the answer to INFO
  })

  it('loads one state while another process saves', async () => {
    const prefix = 'busy:'
    const [{ checkpoints }, reader] = [await openTestStore({ url: server.url }, { prefix }), await openTestStore({ url: server.url }, { prefix })]
    const epoch = await checkpoints.acquire('learner', 0)
    const save = (offset: number) => checkpoints.save('learner', 0, {
      epoch, offset, replayFrom: offset, entries: new Map(), fields: new Map(Array.from({ length: 100 }, (_, index) => [`m/${index}`, Uint8Array.of(offset)])),
    })
    await save(1)
    const progress = { offset: 1 }
    const saves = (async () => {
      while (progress.offset < 200) await save(++progress.offset)
    })()
    let loads = 0
    for (; progress.offset < 200; loads++) {
      const { offset, fields } = (await reader.checkpoints.load('learner', 0))!
      expect(new Set([...fields.values()].map((bytes) => bytes[0]))).toEqual(new Set([offset]))
    }
    await saves
    expect(loads).toBeGreaterThan(3)
  })

  it.each([['at once, by the notice', 600_000, false], ['by asking, when the notice was lost', 100, true]])('tells a watcher of every partition that was saved: %s', async (_, pollMs, deaf) => {
    const prefix = `watch${pollMs}:`
    const [writer, reader] = [await openTestStore({ url: server.url }, { prefix }), await openTestStore({ url: server.url }, { prefix, pollMs })]
    const epochs = [await writer.checkpoints.acquire('learner', 0), await writer.checkpoints.acquire('learner', 1), await writer.checkpoints.acquire('learner', 2)]
    const save = (partition: number, offset: number) => writer.checkpoints.save('learner', partition, numberedWrite(epochs[partition]!, offset))
    await save(0, 1)
    if (deaf) await server.command('ACL', 'SETUSER', 'default', '-subscribe')
    const told: number[] = []
    const end = reader.checkpoints.watch!('learner', [0, 2, 5], (partition) => void told.push(partition))
    await until('the state at the start', async () => told.length === 1)
    const heard = async () => (await server.command('PUBSUB', 'NUMSUB', `${prefix}checkpoints:learner`)).endsWith(':1\r\n')
    if (!deaf) await until('the subscription', heard)
    await save(1, 1) // not watched
    await save(2, 1)
    await until('the news', async () => told.length === 2, 2000)
    if (!deaf) await server.command('CLIENT', 'KILL', 'TYPE', 'pubsub') // it connects again, and asks then
    await save(0, 2)
    await until('more news', async () => told.length === 3, 2000)
    end()
    await save(0, 3)
    expect(told).toEqual([0, 2, 0])
    await server.command('ACL', 'SETUSER', 'default', '+@all')
  })

  it('refuses servers that lose state silently, unless it was allowed', async () => {
    await server.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
    await expect(openTestStore({ url: server.url })).rejects.toMatchObject({ code: 'store_unavailable', details: { maxmemoryPolicy: 'allkeys-lru' } })
    await openTestStore({ url: server.url }, { allowEviction: true })
    await server.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
    await server.command('CONFIG', 'SET', 'appendonly', 'no')
    await expect(openTestStore({ url: server.url })).rejects.toMatchObject({ code: 'store_unavailable', details: { appendonly: 'no' } })
    await openTestStore({ url: server.url }, { allowNoAof: true })
    await server.command('CONFIG', 'SET', 'appendonly', 'yes')
  })

  it('says what it may not ask', async () => {
    const warnings: string[] = []
    const warned = { onWarning: (message: string) => void warnings.push(message) }
    await server.command('ACL', 'SETUSER', 'default', '-info')
    await openTestStore({ url: server.url }, warned)
    expect(warnings).toEqual([]) // CONFIG said it
    await server.command('ACL', 'SETUSER', 'default', '-config')
    await openTestStore({ url: server.url }, warned)
    expect(warnings).toEqual([expect.stringContaining('noeviction'), expect.stringContaining('appendonly')])
    await server.command('ACL', 'SETUSER', 'default', '+@all')
  })

  it('gives its name and password', async () => {
    await server.command('ACL', 'SETUSER', 'forage', 'on', '>secret', '~test:*', '&test:*', '+@all', '-@admin')
    const [username, password] = ['forage', 'secret']
    const { checkpoints } = await openTestStore({ url: server.url }, { username, password })
    await checkpoints.save('learner', 0, numberedWrite(await checkpoints.acquire('learner', 0), 1))
    await expect(openTestStore({ url: server.url }, { username, password: 'wrong' })).rejects.toMatchObject({ code: 'store_unavailable' })
    const { checkpoints: elsewhere } = await openTestStore({ url: server.url }, { username, password, prefix: 'other:' })
    await expect(elsewhere.acquire('learner', 0)).rejects.toMatchObject({ code: 'store_unavailable', details: { reply: 'NOPERM' } })
  })

  it('says so when there is no server', async () => {
    await expect(openTestStore({ url: 'redis://127.0.0.1:1' })).rejects.toMatchObject({ code: 'store_unavailable' })
  })

  it('fails at once while the server is away, and comes back by itself', async () => {
    const store = await openTestStore({ url: server.url }, { role: 'serving', commandTimeoutMs: 60_000 })
    await store.cache.set('k', Uint8Array.of(1), 60_000)
    await server.kill()
    await expect(store.cache.get('k')).rejects.toMatchObject({ code: 'store_unavailable' })
    await expect(store.documents.list('placement')).rejects.toMatchObject({ code: 'store_unavailable' })
    await server.start()
    await until('the connection', async () => (await store.cache.get('k'))?.[0] === 1)
    server.signal('SIGSTOP')
    const asked = performance.now()
    await expect(store.cache.get('k')).rejects.toMatchObject({ code: 'store_unavailable' })
    expect(performance.now() - asked).toBeLessThan(2000) // 100 ms, on a busy machine
    server.signal('SIGCONT')
  })
})

describeWithRedis('the Redis store on a Cluster, beyond the contract', 'processes', () => {
  it('tells a watcher of saves on every master', async () => {
    const cluster = await startCluster()
    try {
      const [writer, reader] = [await openTestStore({ cluster: cluster.nodes }, { prefix: 'watch:' }), await openTestStore({ cluster: cluster.nodes }, { prefix: 'watch:', pollMs: 600_000 })]
      const partitions = Array.from({ length: 16 }, (_, partition) => partition)
      const told: number[] = []
      reader.checkpoints.watch!('learner', partitions, (partition) => void told.push(partition))
      const subscribers = async () => (await Promise.all(cluster.masters.map((master) => master.command('PUBSUB', 'NUMSUB', 'watch:checkpoints:learner')))).join('')
      await until('the subscription', async () => (await subscribers()).includes(':1\r\n'))
      for (const partition of partitions) await writer.checkpoints.save('learner', partition, numberedWrite(await writer.checkpoints.acquire('learner', partition), 1))
      await until('the news', async () => told.length >= partitions.length)
      expect(told.toSorted((a, b) => a - b)).toEqual(partitions)
      const sizes = await Promise.all(cluster.masters.map((master) => master.command('DBSIZE')))
      expect(sizes).not.toContain(':0\r\n')
    } finally {
      await closeStores()
      await cluster.stop()
    }
  }, 60_000)
})
