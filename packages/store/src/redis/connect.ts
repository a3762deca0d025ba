import type { ConnectionOptions } from 'node:tls'
import { ForageError } from '@forage/domain'
import { Cluster, Redis, type RedisOptions } from 'ioredis'
import { type Argument, type RedisClient, type Reply, type Script, textOf } from './client.ts'
import { closedFailure, failureOf } from './failure.ts'

export interface HostAndPort {
  readonly host: string
  readonly port: number
}

/** One server (`redis://` or, with TLS, `rediss://`), a master watched by Sentinels, or some nodes of a Cluster. */
export type RedisAddress =
  | { readonly url: string }
  | { readonly sentinels: readonly HostAndPort[]; readonly masterName: string }
  | { readonly cluster: readonly HostAndPort[] }

/** Who we are to the servers, and how the way to them is kept secret. */
export interface Credentials {
  readonly username?: string
  readonly password?: string
  readonly sentinelPassword?: string
  /** True, or the certificates to use; also for Sentinels. */
  readonly tls?: boolean | ConnectionOptions
}

export interface ConnectionSettings extends Credentials {
  /** No command waits longer, whatever happens to server or network. */
  readonly timeoutMs: number
  readonly connectTimeoutMs: number
}

/**
 * Connects and reconnects for ever; while there is no connection commands fail at once.
 * Nothing is sent twice but by Cluster redirections, so a caller decides itself what to repeat.
 * @throws ForageError `store_unavailable` when there is no connection within `connectTimeoutMs`
 */
export async function connectRedis(address: RedisAddress, settings: ConnectionSettings): Promise<RedisClient> {
  const library = open(address, settings)
  await ready(library, settings.connectTimeoutMs)
  return new LibraryClient(library, () => open(address, settings), settings.timeoutMs)
}

function open(address: RedisAddress, { username, password, sentinelPassword, tls = false, timeoutMs, connectTimeoutMs }: ConnectionSettings): Redis | Cluster {
  const secret = tls === true ? {} : tls
  const shared = {
    commandTimeout: timeoutMs,
    connectTimeout: connectTimeoutMs,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 1,
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'), // this server is a replica now
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(secret && { tls: secret }),
  } satisfies RedisOptions
  const single = { ...shared, enableOfflineQueue: false, autoResubscribe: false, retryStrategy: pause } satisfies RedisOptions
  const forSentinels = { failoverDetector: true, sentinelRetryStrategy: pause, ...(sentinelPassword !== undefined && { sentinelPassword }), ...(secret && { enableTLSForSentinelMode: true, sentinelTLS: secret }) }
  const library =
    'url' in address ? new Redis(address.url, single)
    : 'sentinels' in address ? new Redis({ ...single, ...forSentinels, sentinels: [...address.sentinels], name: address.masterName })
    : new Cluster([...address.cluster], { redisOptions: shared, enableOfflineQueue: false, clusterRetryStrategy: pause, clusterNodeRetryStrategy: pause, slotsRefreshTimeout: timeoutMs })
  library.on('error', () => {}) // each failed command says it; an event nobody hears would end the process
  return library
}

/** Milliseconds before the next attempt; spread, so that a fleet does not come back in one moment. */
function pause(attempt: number): number {
  return Math.min(25 * 2 ** Math.min(attempt, 10), 1000) * (0.75 + Math.random() / 2)
}

async function ready(library: Redis | Cluster, withinMs: number): Promise<void> {
  if (library.status === 'ready') return
  let last: unknown = new Error('no answer')
  const remember = (error: unknown) => (last = error)
  library.on('error', remember)
  const isReady = new Promise<void>((resolve) => void library.once('ready', () => resolve()))
  try {
    await within(isReady, withinMs)
  } catch {
    library.disconnect()
    throw failureOf(last, 'connecting')
  } finally {
    library.off('error', remember)
  }
}

/** The library's own limit does not hold while a Cluster looks for a node, and it keeps commands waiting whose connection is gone. */
async function within<T>(promise: Promise<T>, ms: number, waiting = new Set<(error: Error) => void>()): Promise<T> {
  let [timer, giveUp]: [NodeJS.Timeout | undefined, (error: Error) => void] = [undefined, () => {}]
  const late = new Promise<never>((_, reject) => {
    giveUp = reject
    timer = setTimeout(() => reject(new Error(`no answer in ${ms} ms`)), ms)
  })
  waiting.add(giveUp)
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
    waiting.delete(giveUp)
  }
}

class LibraryClient implements RedisClient {
  readonly #library: Redis | Cluster
  readonly #another: () => Redis | Cluster
  readonly #timeoutMs: number
  readonly #waiting = new Set<(error: Error) => void>()
  #closing: Promise<void> | null = null

  constructor(library: Redis | Cluster, another: () => Redis | Cluster, timeoutMs: number) {
    this.#library = library
    this.#another = another
    this.#timeoutMs = timeoutMs
    if (library instanceof Redis) library.on('close', () => this.#waiting.forEach((giveUp) => giveUp(new Error('the connection was lost'))))
  }

  async call(command: string, ...values: Argument[]): Promise<Reply> {
    if (this.#closing !== null) throw closedFailure()
    try {
      return await this.#send(this.#library, command, values)
    } catch (error) {
      throw failureOf(error, command)
    }
  }

  async run(script: Script, keys: readonly string[], values: readonly Argument[]): Promise<Reply> {
    const rest = [keys.length, ...keys, ...values]
    try {
      return await this.call('EVALSHA', script.sha, ...rest)
    } catch (error) {
      if (!(error instanceof ForageError) || error.details['reply'] !== 'NOSCRIPT') throw error
      return this.call('EVAL', script.lua, ...rest)
    }
  }

  async everyMaster(command: string, ...values: string[]): Promise<string[]> {
    const servers = this.#library instanceof Cluster ? this.#library.nodes('master') : [this.#library]
    try {
      return await Promise.all(servers.map(async (server) => flat(await this.#send(server, command, values))))
    } catch (error) {
      throw failureOf(error, command)
    }
  }

  listen(channel: string, onMessage: (message: string) => void, onReady: () => void): { close(): void } {
    const library = this.#another()
    library.on('message', (from: string, message: string) => {
      if (from === channel) onMessage(message)
    })
    const subscribe = () => void library.subscribe(channel).then(onReady, () => {}) // lost again: `ready` will come again
    library.on('ready', subscribe)
    return { close: () => library.disconnect() }
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#quit())
  }

  async #quit(): Promise<void> {
    try {
      await within(this.#library.quit(), this.#timeoutMs)
    } catch {
      // away: there is nobody to say goodbye to
    } finally {
      this.#library.disconnect()
    }
  }

  #send(library: Redis | Cluster, command: string, values: readonly Argument[]): Promise<Reply> {
    const sent = values.map((value) => (value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value))
    return within(library.callBuffer(command, ...sent) as Promise<Reply>, this.#timeoutMs, this.#waiting)
  }
}

const flat = (reply: Reply): string => (Array.isArray(reply) ? reply.map((part) => textOf(part)).join('\n') : (textOf(reply) ?? ''))
