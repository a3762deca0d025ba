import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { PlacementBody } from '@forage/contracts'
import express from 'express'
import type { Config } from './config.ts'
import { createFastServer } from './http/fast-server.ts'

export interface StartOptions {
  /** Placements to define at start, as `PUT /api/placements/:id` would: unchanged ones keep their version. */
  readonly placements?: Readonly<Record<string, PlacementBody>>
}

export interface RunningServer {
  /** Where it listens, without a slash at the end. */
  readonly url: string
  /** Graceful: finishes what is running, saves a checkpoint, flushes the log. Calling it again waits for the same end. */
  close(): Promise<void>
}

export async function startServer(config: Config, _options: StartOptions = {}): Promise<RunningServer> {
  const app = express()
  app.get('/livez', (_, response) => void response.json({ status: 'ok' }))
  const server = createFastServer(app)
  server.listen(config.port, config.host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  let closing: Promise<void> | null = null
  const stop = async () => {
    server.close()
    server.closeIdleConnections()
    await once(server, 'close')
  }
  return { url: `http://${config.host}:${port}`, close: () => (closing ??= stop()) }
}
