import { randomUUID } from 'node:crypto'
import { ForageError } from '@forage/domain'
import type { CheckpointWrite, Store } from '@forage/store'
import { openRedisStore, type RedisAddress, type RedisStoreOptions } from '@forage/store/redis'
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'vitest'
import { until } from './redis-process.ts'

const opened: Store[] = []

/** A learner's store that gives up after 300 ms, with a prefix of its own unless one is given. Closed by `closeStores`. */
export async function openTestStore(address: RedisAddress, more: Partial<Pick<RedisStoreOptions, 'prefix' | 'role' | 'username' | 'password' | 'pollMs' | 'commandTimeoutMs' | 'onWarning' | 'allowEviction' | 'allowNoAof'>> = {}): Promise<Store> {
  const store = await openRedisStore({ ...address, role: 'learner', prefix: `test:${randomUUID()}:`, commandTimeoutMs: 300, connectTimeoutMs: 3000, ...more })
  opened.push(store)
  return store
}

export async function closeStores(): Promise<void> {
  for (const store of opened.splice(0)) await store.close()
}

const number = (value: number) => Uint8Array.from(Buffer.from(String(value)))

/** A save whose every part says the same number; the entry of two saves before is deleted. */
export function numberedWrite(epoch: number, offset: number): CheckpointWrite {
  return {
    epoch, offset, replayFrom: offset,
    fields: new Map([['a', number(offset)], ['b', number(offset)]]),
    entries: new Map([[`e${offset}`, number(offset)], [`e${offset - 2}`, null]]),
  }
}

/** The offset that is stored, after a check that every part of the checkpoint is of that one save. */
export async function storedNumber(store: Store): Promise<number> {
  const loaded = await untilAvailable(() => store.checkpoints.load('learner', 0))
  if (loaded === null) return 0
  const { offset, fields } = loaded
  expect(fields).toEqual(new Map([['a', number(offset)], ['b', number(offset)]]))
  const entries = await untilAvailable(() => store.checkpoints.entries('learner', 0, [offset - 2, offset - 1, offset, offset + 1].map((at) => `e${at}`)))
  expect(entries).toEqual(new Map([offset - 1, offset].filter((at) => at > 0).map((at) => [`e${at}`, number(at)])))
  return offset
}

/** Repeats what failed because the store was away, as the runner of folds does. */
export async function untilAvailable<T>(action: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await action()
    } catch (error) {
      if (!(error instanceof ForageError) || error.code !== 'store_unavailable' || attempt > 1000) throw error
      await pause(20)
    }
  }
}

/** Acquires, then saves on and on from what is stored, one number after the other, until paused or refused. */
export async function keepSaving(store: Store) {
  const epoch = await untilAvailable(() => store.checkpoints.acquire('learner', 0))
  let offset = await storedNumber(store)
  const state = { run: true }
  let ended = Promise.resolve()
  const writer = {
    confirmed: offset,
    failure: null as unknown,
    /** Resolves when so much is confirmed, or the writer was refused. */
    until: (wanted: number) => until('progress', async () => writer.confirmed >= wanted || writer.failure !== null),
    async pause() {
      state.run = false
      await ended
    },
    goOn() {
      state.run = true
      ended = save()
    },
  }
  async function save(): Promise<void> {
    while (state.run && writer.failure === null) {
      try {
        await store.checkpoints.save('learner', 0, numberedWrite(epoch, offset + 1))
        writer.confirmed = offset += 1
      } catch (error) {
        if (error instanceof ForageError && error.code === 'store_unavailable') await pause(5)
        else writer.failure = error
      }
    }
  }
  writer.goOn()
  return writer
}
