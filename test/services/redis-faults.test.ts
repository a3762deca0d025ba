import { cpSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { faultProxy } from './fault-proxy.ts'
import { describeWithRedis, startCluster, startRedis, startSentinelTrio } from './redis.ts'
import type { RedisProcess } from './redis-process.ts'
import { closeStores, keepSaving, numberedWrite, openTestStore, storedNumber, untilAvailable } from './redis-writer.ts'

const isSave = (request: Buffer) => request.includes('checkpoints:learner') // the channel of its notice

describeWithRedis('checkpoints in a Redis that fails', 'processes', () => {
  let server: RedisProcess
  // synced before every answer: with `everysec`, Redis answers before it has even handed a write to the system while a sync is under way
  beforeAll(async () => void (server = await startRedis('--appendfsync', 'always')))
  afterEach(closeStores)
  afterAll(() => server.stop())

  it('has every confirmed save after kill -9, and never a part of one', async () => {
    const store = await openTestStore({ url: server.url })
    const writer = await keepSaving(store)
    for (let kill = 1; kill <= 4; kill++) {
      await writer.until(writer.confirmed + 20 * kill)
      await server.kill()
      await writer.pause()
      await server.start()
      expect(await storedNumber(store)).toBeGreaterThanOrEqual(writer.confirmed)
      writer.goOn()
    }
    await writer.until(writer.confirmed + 20)
    await writer.pause()
    expect(writer.failure).toBeNull()
    expect(await storedNumber(store)).toBe(writer.confirmed)
  })

  it('with a sync every second, has every confirmed save after kill -9, or the writer is told', async () => {
    const everySecond = await startRedis()
    const store = await openTestStore({ url: everySecond.url })
    try {
      for (let kill = 1; kill <= 6; kill++) {
        const writer = await keepSaving(store)
        await writer.until(writer.confirmed + 20 * kill)
        await everySecond.kill()
        await writer.pause()
        await everySecond.start()
        const [stored, sure] = [await storedNumber(store), writer.confirmed]
        writer.goOn()
        await writer.until(Math.max(stored, sure) + 1)
        await writer.pause()
        if (stored >= sure) expect(writer.failure).toBeNull()
        else expect(writer.failure).toMatchObject({ code: 'fenced', details: { regressed: true } })
      }
    } finally {
      await closeStores()
      await everySecond.stop()
    }
  })

  it('takes a save again whose answer was lost', async () => {
    const proxy = await faultProxy({ to: server.port })
    const store = await openTestStore({ url: `redis://127.0.0.1:${proxy.port}` })
    const { checkpoints } = store
    const epoch = await checkpoints.acquire('learner', 0)
    let lost = 0
    for (let offset = 1; offset <= 10; offset++) {
      if (offset % 2 === 0) proxy.cutInsteadOfAnswer(1, isSave)
      try {
        await checkpoints.save('learner', 0, numberedWrite(epoch, offset))
      } catch (error) {
        expect(error).toMatchObject({ code: 'store_unavailable' })
        lost += 1
        expect(await storedNumber(store)).toBe(offset) // it had been executed
        // every other time the lost save is not repeated: the next one must be taken too
        if (offset % 4 === 0) await checkpoints.save('learner', 0, numberedWrite(epoch, offset))
      }
    }
    expect([lost, proxy.struck]).toEqual([5, 5])
    expect(await storedNumber(store)).toBe(10)
    await closeStores()
    await proxy.close()
  })

  it('acquires again when the answer was lost, and can save then', async () => {
    const proxy = await faultProxy({ to: server.port })
    const { checkpoints } = await openTestStore({ url: `redis://127.0.0.1:${proxy.port}` })
    proxy.cutInsteadOfAnswer(1, (request) => request.includes('EVALSHA'))
    const epoch = await untilAvailable(() => checkpoints.acquire('learner', 0))
    expect([epoch, proxy.struck]).toEqual([2, 1])
    await checkpoints.save('learner', 0, numberedWrite(epoch, 1))
    await closeStores()
    await proxy.close()
  })

  it('gives up on a slow answer; what arrives late does no harm', async () => {
    const proxy = await faultProxy({ to: server.port })
    const store = await openTestStore({ url: `redis://127.0.0.1:${proxy.port}` })
    const { checkpoints } = store
    const epoch = await checkpoints.acquire('learner', 0)
    await checkpoints.save('learner', 0, numberedWrite(epoch, 1))
    proxy.hold(true)
    const start = performance.now()
    await expect(checkpoints.save('learner', 0, numberedWrite(epoch, 2))).rejects.toMatchObject({ code: 'store_unavailable' })
    expect(performance.now() - start).toBeLessThan(2000)
    proxy.hold(false)
    for (const offset of [2, 3]) await untilAvailable(() => checkpoints.save('learner', 0, numberedWrite(epoch, offset)))
    expect(await storedNumber(store)).toBe(3)
    await closeStores()
    await proxy.close()
  })

  it('refuses a save that arrives after a later one of the same writer', async () => {
    const proxy = await faultProxy({ to: server.port })
    const store = await openTestStore({ url: `redis://127.0.0.1:${proxy.port}` })
    const { checkpoints } = store
    const epoch = await checkpoints.acquire('learner', 0)
    await checkpoints.save('learner', 0, numberedWrite(epoch, 1))
    let late: Buffer = Buffer.alloc(0)
    proxy.cutInsteadOfAnswer(1, (request) => isSave(request) && (late = request).length > 0)
    await expect(checkpoints.save('learner', 0, { ...numberedWrite(epoch, 2), fields: new Map([['a', Uint8Array.of(6, 6)]]) })).rejects.toMatchObject({ code: 'store_unavailable' })
    await untilAvailable(() => checkpoints.save('learner', 0, numberedWrite(epoch, 2)))
    expect(await sendRaw(server.port, late)).toContain('unknown')
    expect(await storedNumber(store)).toBe(2)
    await closeStores()
    await proxy.close()
  })

  it('notices that Redis was restored from an older copy; the next owner goes on from there', async () => {
    const store = await openTestStore({ url: server.url })
    const { checkpoints } = store
    const epoch = await checkpoints.acquire('learner', 0)
    for (let offset = 1; offset <= 5; offset++) await checkpoints.save('learner', 0, numberedWrite(epoch, offset))
    const [data, copy] = [join(server.folder, 'appendonlydir'), join(server.folder, 'copy')]
    await server.kill()
    cpSync(data, copy, { recursive: true })
    await server.start()
    for (let offset = 6; offset <= 9; offset++) await untilAvailable(() => checkpoints.save('learner', 0, numberedWrite(epoch, offset)))
    expect(await checkpoints.standing!('learner', 0, epoch)).toBe('owned')
    const { revision } = (await checkpoints.changesSince!('learner', 0, null))!
    await server.kill()
    rmSync(data, { recursive: true })
    cpSync(copy, data, { recursive: true })
    await server.start()
    expect(await storedNumber(store)).toBe(5)
    expect(await checkpoints.standing!('learner', 0, epoch)).toBe('regressed') // nothing had to be saved
    expect(await checkpoints.changesSince!('learner', 0, revision)).toMatchObject({ whole: true, offset: 5 })
    const late = untilAvailable(() => checkpoints.save('learner', 0, numberedWrite(epoch, 10)))
    await expect(late).rejects.toMatchObject({ code: 'fenced', details: { regressed: true, saved: 5 } })
    expect(await storedNumber(store)).toBe(5)
    const again = await checkpoints.acquire('learner', 0)
    expect(await checkpoints.standing!('learner', 0, again)).toBe('owned')
    for (let offset = 6; offset <= 10; offset++) {
      await checkpoints.save('learner', 0, numberedWrite(again, offset)) // the ninth save is another one now
      expect(await checkpoints.changesSince!('learner', 0, revision)).toMatchObject({ whole: true, offset })
    }
    expect(await storedNumber(store)).toBe(10)
  })

  it('notices that Redis lost everything, also when it was filled again', async () => {
    const prefix = 'lost:'
    const [{ checkpoints }, other] = [await openTestStore({ url: server.url }, { prefix }), await openTestStore({ url: server.url }, { prefix })]
    const epoch = await checkpoints.acquire('learner', 0)
    await checkpoints.save('learner', 0, numberedWrite(epoch, 1))
    const { revision } = (await checkpoints.changesSince!('learner', 0, null))!
    await server.command('FLUSHALL')
    expect(await checkpoints.standing!('learner', 0, epoch)).toBe('regressed')
    expect(await checkpoints.changesSince!('learner', 0, revision)).toBeNull()
    await expect(checkpoints.save('learner', 0, numberedWrite(epoch, 2))).rejects.toMatchObject({ code: 'fenced', details: { regressed: true } })
    expect(await checkpoints.load('learner', 0)).toBeNull()
    expect(await other.checkpoints.acquire('learner', 0)).toBe(epoch)
    await other.checkpoints.save('learner', 0, numberedWrite(epoch, 1)) // same epoch, same offset, same number of saves
    expect(await checkpoints.standing!('learner', 0, epoch)).toBe('taken')
    expect(await checkpoints.changesSince!('learner', 0, revision)).toMatchObject({ whole: true, offset: 1 })
  })

  it('notices a state that was written by hand', async () => {
    const prefix = 'hand:'
    const { checkpoints } = await openTestStore({ url: server.url }, { prefix })
    const epoch = await checkpoints.acquire('learner', 0)
    for (const offset of [1, 2]) await checkpoints.save('learner', 0, numberedWrite(epoch, offset))
    const { revision } = (await checkpoints.changesSince!('learner', 0, null))!
    const state = `${prefix}{checkpoint:learner:0}:state`
    await server.command('COPY', state, `${state}:copy`)
    await checkpoints.save('learner', 0, numberedWrite(epoch, 3))
    const newer = (await checkpoints.changesSince!('learner', 0, revision))!
    expect(newer).toMatchObject({ whole: false, offset: 3 })
    await server.command('COPY', `${state}:copy`, state, 'REPLACE')
    expect(await checkpoints.standing!('learner', 0, epoch)).toBe('regressed')
    expect(await checkpoints.changesSince!('learner', 0, newer.revision)).toMatchObject({ whole: true, offset: 2 })
  })

  it('discards again when the answer was lost, and late ones do no harm', async () => {
    const prefix = 'discard:'
    const proxy = await faultProxy({ to: server.port })
    const store = await openTestStore({ url: `redis://127.0.0.1:${proxy.port}` }, { prefix })
    const { checkpoints } = store
    const isDiscard = (request: Buffer) => request.includes('EVAL') && request.includes(':recent') && !isSave(request)
    let [late, lost]: [Buffer, Buffer] = [Buffer.alloc(0), Buffer.alloc(0)]
    const elsewhere = await checkpoints.acquire('learner', 1)
    await checkpoints.save('learner', 1, numberedWrite(elsewhere, 1))
    await checkpoints.discard('learner', 1, elsewhere) // the server knows the scripts from here on
    const epoch = await checkpoints.acquire('learner', 0)
    proxy.cutInsteadOfAnswer(1, (request) => isSave(request) && (late = request).length > 0)
    await expect(checkpoints.save('learner', 0, numberedWrite(epoch, 1))).rejects.toMatchObject({ code: 'store_unavailable' })
    proxy.cutInsteadOfAnswer(1, (request) => isDiscard(request) && (lost = request).length > 0)
    await untilAvailable(() => checkpoints.load('learner', 0))
    await expect(checkpoints.discard('learner', 0, epoch)).rejects.toMatchObject({ code: 'store_unavailable' })
    expect(await storedNumber(store)).toBe(0) // it had been executed
    await untilAvailable(() => checkpoints.discard('learner', 0, epoch))
    expect(await sendRaw(server.port, late)).toContain('unknown')
    expect([await storedNumber(store), await checkpoints.standing!('learner', 0, epoch)]).toEqual([0, 'owned'])
    for (const offset of [1, 2]) await checkpoints.save('learner', 0, numberedWrite(epoch, offset))
    expect(await sendRaw(server.port, lost)).toContain('unknown')
    expect([await storedNumber(store), await checkpoints.standing!('learner', 0, epoch), proxy.struck]).toEqual([2, 'owned', 2])
    await closeStores()
    await proxy.close()
  })

  it('shares partitions again after Redis lost the groups or was away', async () => {
    const { groups } = await openTestStore({ url: server.url })
    await groups!.beat('g', 'a', 60_000, [])
    await groups!.beat('g', 'b', 60_000, [])
    expect([await groups!.claim('g', 'a', 0), await groups!.claim('g', 'b', 1)]).toEqual([true, true])
    await server.command('FLUSHALL')
    expect(await groups!.claim('g', 'a', 0)).toBe(false) // who is not alive holds nothing
    expect(await groups!.beat('g', 'a', 60_000, [0])).toEqual({ members: ['a'], holders: new Map([[0, 'a']]) })
    await server.kill()
    await expect(groups!.beat('g', 'b', 60_000, [1])).rejects.toMatchObject({ code: 'store_unavailable' })
    await server.start()
    expect(await untilAvailable(() => groups!.beat('g', 'b', 60_000, [0, 1]))).toEqual({ members: ['a', 'b'], holders: new Map([[0, 'a'], [1, 'b']]) })
  })

  it('is unavailable when memory is full, and has written nothing then', async () => {
    const store = await openTestStore({ url: server.url })
    const { checkpoints } = store
    const epoch = await checkpoints.acquire('learner', 0)
    for (const offset of [1, 2]) await checkpoints.save('learner', 0, numberedWrite(epoch, offset))
    const deletesFirst = { ...numberedWrite(epoch, 3), fields: new Map([['a', null], ['b', Uint8Array.of(1)]]) }
    await server.command('CONFIG', 'SET', 'maxmemory', '1')
    try {
      await expect(checkpoints.save('learner', 0, deletesFirst)).rejects.toMatchObject({ code: 'store_unavailable', details: { reply: 'OOM' } })
      await expect(checkpoints.acquire('learner', 1)).rejects.toMatchObject({ code: 'store_unavailable' })
      await expect(store.documents.put('placement', 'home', {})).rejects.toMatchObject({ code: 'store_unavailable' })
      const big = new Map([['big', new Uint8Array(700 << 10)], ['more', new Uint8Array(700 << 10)]])
      await expect(checkpoints.save('learner', 0, { ...numberedWrite(epoch, 3), fields: big })).rejects.toMatchObject({ code: 'store_unavailable', details: { reply: 'OOM' } })
      expect(await server.command('KEYS', '*:staged:*')).toBe('*0\r\n')
      expect(await storedNumber(store)).toBe(2)
    } finally {
      await server.command('CONFIG', 'SET', 'maxmemory', '0')
    }
    expect(await store.documents.list('placement')).toEqual([])
    await checkpoints.save('learner', 0, numberedWrite(epoch, 3))
    expect(await storedNumber(store)).toBe(3)
    await server.command('CONFIG', 'SET', 'maxmemory', '1')
    try {
      await checkpoints.discard('learner', 0, epoch) // that frees some
    } finally {
      await server.command('CONFIG', 'SET', 'maxmemory', '0')
    }
    expect(await checkpoints.load('learner', 0)).toBeNull()
  })

  it('says that a checkpoint is corrupt instead of taking it for none', async () => {
    const prefix = 'corrupt:'
    const { checkpoints } = await openTestStore({ url: server.url }, { prefix })
    const epoch = await checkpoints.acquire('learner', 0)
    await checkpoints.save('learner', 0, numberedWrite(epoch, 1))
    const key = `${prefix}{checkpoint:learner:0}:state`
    for (const [member, value] of [['offset', 'x'], ['offset', '1.5'], ['replayFrom', '7']] as const) {
      await server.command('HSET', key, member, value)
      await expect(checkpoints.load('learner', 0)).rejects.toMatchObject({ code: 'corrupt_state' })
      await server.command('HSET', key, 'offset', '1', 'replayFrom', '1')
    }
    await server.command('HDEL', key, 'offset')
    await expect(checkpoints.load('learner', 0)).rejects.toMatchObject({ code: 'corrupt_state' })
    await server.command('HSET', key, 'offset', 'x')
    const next = await checkpoints.acquire('learner', 0) // the next owner can make it good
    await expect(checkpoints.load('learner', 0)).rejects.toMatchObject({ code: 'corrupt_state' })
    await checkpoints.discard('learner', 0, next)
    expect(await checkpoints.load('learner', 0)).toBeNull()
    await checkpoints.save('learner', 0, numberedWrite(next, 1))
    expect(await checkpoints.standing!('learner', 0, next)).toBe('owned')
    await server.command('SET', key, 'text')
    await expect(checkpoints.load('learner', 0)).rejects.toMatchObject({ code: 'corrupt_state' })
  })
})

describeWithRedis('checkpoints when servers change', 'processes', () => {
  afterEach(closeStores)

  it('notices that a failover lost confirmed saves; the next owner goes on from there', async () => {
    const trio = await startSentinelTrio()
    try {
      const store = await openTestStore({ sentinels: trio.sentinels, masterName: trio.masterName })
      const { checkpoints } = store
      const epoch = await checkpoints.acquire('learner', 0)
      for (let offset = 1; offset <= 5; offset++) await checkpoints.save('learner', 0, numberedWrite(epoch, offset))
      await trio.master.command('WAIT', '1', '2000')
      // from here on the replica hears nothing more
      await trio.master.command('ACL', 'SETUSER', 'default', '-psync', '-sync')
      await trio.master.command('CLIENT', 'KILL', 'TYPE', 'replica')
      for (let offset = 6; offset <= 9; offset++) await checkpoints.save('learner', 0, numberedWrite(epoch, offset))
      const { revision } = (await checkpoints.changesSince!('learner', 0, null))!
      await trio.master.kill()
      expect(await untilAvailable(() => checkpoints.standing!('learner', 0, epoch))).toBe('regressed')
      expect(await untilAvailable(() => checkpoints.changesSince!('learner', 0, revision))).toMatchObject({ whole: true, offset: 5 })
      const next = untilAvailable(() => checkpoints.save('learner', 0, numberedWrite(epoch, 10)))
      await expect(next).rejects.toMatchObject({ code: 'fenced', details: { regressed: true, saved: 5 } })
      expect(await storedNumber(store)).toBe(5)
      const again = await checkpoints.acquire('learner', 0)
      await checkpoints.save('learner', 0, numberedWrite(again, 6))
      expect(await storedNumber(store)).toBe(6)
    } finally {
      await closeStores()
      await trio.stop()
    }
  }, 60_000)

  it('goes on when every master of a Cluster was killed and came back', async () => {
    const cluster = await startCluster('--appendfsync', 'always')
    try {
      const store = await openTestStore({ cluster: cluster.nodes })
      const { checkpoints } = store
      const epoch = await checkpoints.acquire('learner', 0)
      let offset = 0
      for (const master of cluster.masters) {
        offset += 1
        await untilAvailable(() => checkpoints.save('learner', 0, numberedWrite(epoch, offset)))
        await master.kill()
        await master.start()
      }
      await untilAvailable(() => checkpoints.save('learner', 0, numberedWrite(epoch, offset + 1)))
      expect(await storedNumber(store)).toBe(offset + 1)
    } finally {
      await closeStores()
      await cluster.stop()
    }
  }, 60_000)
})

async function sendRaw(port: number, request: Buffer): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(request)
  const [answer] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  return answer.toString()
}
