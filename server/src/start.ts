import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, Server as NetServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { compileReward } from '@forage/bandit'
import type { PlacementBody } from '@forage/contracts'
import { pino, type Logger } from 'pino'
import type { Config } from './config.ts'
import { createApp } from './http/app.ts'
import { createFastServer } from './http/fast-server.ts'
import { LiveStream } from './learning/live.ts'
import { pagesRouter } from './pages/router.ts'
import type { Drivers } from './runtime/drivers.ts'
import { openRuntime, type Runtime } from './runtime/runtime.ts'

/** A connection that looks idle may have a request on its way: so long it is listened to after the server accepts no more. */
const UNHEARD_MS = 100

export interface StartOptions {
  /** Placements to define at start, as `PUT /api/placements/:id` would: unchanged ones keep their version. */
  readonly placements?: Readonly<Record<string, PlacementBody>>
  readonly logger?: Logger
  /** Clock of ids, of the embedded log and of ticks. */
  readonly now?: () => number
  /** Log and store to use instead of those the configuration names. They are closed with the server. */
  readonly drivers?: Drivers
}

export interface RunningServer {
  /** Where it listens, without a slash at the end. */
  readonly url: string
  readonly runtime: Runtime
  /** Graceful: finishes what is running, saves a checkpoint, flushes the log. Calling it again waits for the same end. */
  close(): Promise<void>
}

/** Starts everything in this process; resolves when it is ready to serve. While it catches up it listens, and `/readyz` says 503. */
export async function startServer(config: Config, { placements = {}, logger, now, drivers }: StartOptions = {}): Promise<RunningServer> {
  const log = logger ?? pino({ level: config.logLevel, base: null })
  const runtime = await openRuntime(config, log, now, drivers)
  let stopping = false
  const live = new LiveStream(runtime)
  const state = () => (stopping ? 'stopping' : runtime.ready ? 'ready' : 'starting')
  const { express, listener } = createApp({ config, runtime, logger: log, live, version: VERSION, state, pages: pagesRouter() })
  const server = createFastServer(express, listener, { headersTimeout: 10_000, requestTimeout: 15_000, keepAliveTimeout: 65_000, connectionsCheckingInterval: 5000 })
  server.maxConnections = config.maxConnections

  const stop = async () => {
    stopping = true
    // clients that keep asking on a living connection are told to leave it: one that is closed under a request fails that request
    server.prependListener('request', (_, response) => void (response.shouldKeepAlive = false))
    if (config.drainMs > 0) await sleep(config.drainMs)
    if (server.listening) {
      const closed = once(server, 'close')
      NetServer.prototype.close.call(server) // HTTP's own would also cut connections whose request is on its way
      live.close()
      runtime.publisher.stop()
      const [unheard, deadline] = [performance.now() + UNHEARD_MS, performance.now() + config.shutdownMs]
      const idle = setInterval(() => {
        if (performance.now() > deadline) server.closeAllConnections()
        else if (performance.now() > unheard) server.closeIdleConnections()
      }, 20)
      await closed
      clearInterval(idle)
    }
    await runtime.close()
  }
  let closing: Promise<void> | null = null
  const close = () => (closing ??= stop())
  try {
    server.listen(config.port, config.host)
    await once(server, 'listening')
    compileReward('0') // loads the library of expressions: a third of a second that no request should wait
    await runtime.whenReady
    for (const [id, body] of Object.entries(placements)) await runtime.registry.put(id, body)
  } catch (error) {
    await close().catch(() => undefined)
    throw error
  }
  const { port } = server.address() as AddressInfo
  const host = config.host.includes(':') ? `[${config.host}]` : config.host
  log.info({ url: `http://${host}:${port}`, dataDir: config.dataDir, partitions: runtime.log.partitions }, 'serving')
  return { url: `http://${host}:${port}`, runtime, close }
}

const { version: VERSION } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
