import { connect, type Socket } from 'node:net'
import seedrandom from 'seedrandom'

export interface OpenLoopResult {
  readonly p50Ms: number
  readonly p99Ms: number
  readonly p999Ms: number
  readonly requestsPerSecond: number
  readonly errors: number
}

const CONNECTIONS = 64
const END_OF_HEAD = Buffer.from('\r\n\r\n')

/**
 * Requests arrive as a Poisson process, whether or not earlier ones were answered, and latency counts from the moment each was due: a slow
 * answer cannot hide the ones that wait behind it. (A closed loop, or a rate limiter that sends in bursts, measures something else.)
 */
export async function openLoop(url: string, path: string, body: string, rate: number, seconds: number): Promise<OpenLoopResult> {
  const { hostname, port } = new URL(url)
  const request = Buffer.from(
    `POST ${path} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: keep-alive\r\n\r\n${body}`,
  )
  const due: number[] = []
  const random = seedrandom(`open loop ${rate}`)
  for (let at = 0; at < seconds * 1000; at -= (Math.log(1 - random()) / rate) * 1000) due.push(at)
  const latencies = new Float64Array(due.length)
  const idle: Socket[] = []
  let [sent, answered, errors, begin] = [0, 0, 0, 0]
  let finish = () => {}
  const done = new Promise<void>((resolve) => (finish = resolve))

  const dispatch = () => {
    const now = performance.now() - begin
    while (idle.length > 0 && sent < due.length && due[sent]! <= now) {
      const socket = idle.pop()!
      pending.set(socket, sent++)
      socket.write(request)
    }
  }
  const pending = new Map<Socket, number>()
  const onAnswer = (socket: Socket, ok: boolean) => {
    latencies[answered++] = performance.now() - begin - due[pending.get(socket)!]!
    if (!ok) errors += 1
    idle.push(socket)
    if (answered === due.length) finish()
    else dispatch()
  }
  const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, () => open(hostname, Number(port), onAnswer)))
  idle.push(...sockets)
  begin = performance.now()
  const timer = setInterval(dispatch, 1)
  await done
  clearInterval(timer)
  for (const socket of sockets) socket.destroy()
  latencies.sort()
  const quantile = (q: number) => Math.round(latencies[Math.min(due.length - 1, Math.floor(q * due.length))]! * 100) / 100
  return { p50Ms: quantile(0.5), p99Ms: quantile(0.99), p999Ms: quantile(0.999), requestsPerSecond: Math.round(due.length / seconds), errors }
}

/** A keep-alive connection that has at most one request under way. */
async function open(host: string, port: number, onAnswer: (socket: Socket, ok: boolean) => void): Promise<Socket> {
  const socket = connect({ host, port, noDelay: true })
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  let received: Buffer = Buffer.alloc(0)
  socket.on('data', (chunk) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
    const head = received.indexOf(END_OF_HEAD)
    if (head === -1) return
    const length = Number(/content-length: (\d+)/i.exec(received.toString('latin1', 0, head))?.[1])
    if (received.length < head + 4 + length) return
    const ok = received.toString('latin1', 9, 12) === '200'
    received = Buffer.alloc(0)
    onAnswer(socket, ok)
  })
  return socket
}
