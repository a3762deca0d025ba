import { once } from 'node:events'
import { createServer } from 'node:net'

/** Ports nobody listens on now, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listenOn(0)))
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => void server.close(resolve))))
  return ports
}

export async function freePort(): Promise<number> {
  return (await freePorts(1))[0]!
}

export async function isFree(port: number): Promise<boolean> {
  try {
    const server = await listenOn(port)
    await new Promise((resolve) => void server.close(resolve))
    return true
  } catch {
    return false
  }
}

async function listenOn(port: number) {
  const server = createServer()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening') // rejects on an error
  return server
}
