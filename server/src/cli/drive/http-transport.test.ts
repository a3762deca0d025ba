import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { createHttpTransport } from './http-transport.ts'

const closers: (() => void)[] = []
afterEach(() => closers.splice(0).forEach((close) => close()))

async function serverWith(listener: RequestListener) {
  const server = createServer(listener)
  let connections = 0
  server.on('connection', () => (connections += 1))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const transport = createHttpTransport(1)
  closers.push(transport.close, () => server.closeAllConnections(), () => void server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`
  const send = (signal = new AbortController().signal) => transport.fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"ü":1}', signal })
  return { send, connections: () => connections }
}

it('carries body, status, headers and text, over one connection', async () => {
  const { send, connections } = await serverWith((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => response.writeHead(202, { 'retry-after': '3' }).end(`${request.headers['content-length']} ${Buffer.concat(chunks).toString()}`))
  })
  for (let call = 0; call < 3; call++) {
    const answer = await send()
    expect([answer.status, answer.headers.get('retry-after'), answer.headers.get('x-none'), await answer.text()]).toEqual([202, '3', null, '8 {"ü":1}'])
  }
  expect(connections()).toBe(1)
})

it('fails when the connection breaks before or within the answer', async () => {
  const before = await serverWith((request) => request.socket.destroy())
  await expect(before.send()).rejects.toThrow()
  const within = await serverWith((_, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('half')
    setImmediate(() => response.destroy())
  })
  await expect(within.send()).rejects.toThrow()
})

it('fails when it is aborted', async () => {
  const { send } = await serverWith(() => {})
  const stop = new AbortController()
  const call = send(stop.signal)
  stop.abort()
  await expect(call).rejects.toThrow()
})
