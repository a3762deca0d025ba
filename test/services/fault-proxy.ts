import { connect, createServer, type Socket } from 'node:net'

export interface FaultProxy {
  readonly port: number
  /** Connections open now. */
  readonly connections: number
  /** Cuts every connection, with a reset. */
  cut(): void
  /** From now on, cuts a connection instead of passing on an answer of at least `minBytes`, `times` times: the request was served, its sender cannot know. */
  cutInsteadOfAnswer(times: number, accepts?: (request: Buffer) => boolean): void
  /** The same, but the connection ends in the middle of the answer. */
  cutInsideAnswer(times: number, accepts?: (request: Buffer) => boolean): void
  /** How often these two have struck. */
  readonly struck: number
  /** While set, bytes pass in neither direction, and connections stay open. */
  hold(held: boolean): void
  /** From now on, bytes take so many milliseconds each way; their order stays. */
  delay(ms: number): void
  close(): Promise<void>
}

/** A link to `to` on this machine that can fail in the ways real ones do. */
export async function faultProxy({ port = 0, to }: { port?: number; to: number }): Promise<FaultProxy> {
  const pairs = new Set<() => void>()
  const held: (() => void)[] = []
  let [left, struck, inside, holding, delayMs] = [0, 0, false, false, 0]
  let accepts: (request: Buffer) => boolean = () => true
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1')
    let asked: Buffer | null = null
    const kill = () => {
      if (!pairs.delete(kill)) return
      near.resetAndDestroy()
      far.resetAndDestroy()
    }
    pairs.add(kill)
    const waiting = new Map<Socket, (() => void)[]>([[near, []], [far, []]])
    const pass = (chunk: Buffer, on: Socket) => {
      const write = () => void (on.destroyed || on.write(chunk))
      const queue = waiting.get(on)!
      if (holding) held.push(write)
      else if (delayMs === 0 && queue.length === 0) write()
      else {
        queue.push(write)
        setTimeout(() => queue.shift()!(), delayMs)
      }
    }
    near.setNoDelay(true).on('data', (chunk: Buffer) => {
      if (asked === null && left > 0 && accepts(chunk)) asked = chunk
      pass(chunk, far)
    })
    far.setNoDelay(true).on('data', (chunk: Buffer) => {
      if (asked !== null && left > 0) {
        left -= 1
        struck += 1
        if (inside) near.end(chunk.subarray(0, chunk.length >> 1))
        else kill()
      } else pass(chunk, near)
    })
    for (const socket of [near, far]) socket.on('error', kill).on('close', kill)
  })
  await new Promise<void>((resolve, reject) => void server.once('error', reject).listen(port, '127.0.0.1', resolve))
  return {
    port: (server.address() as { port: number }).port,
    get connections() {
      return pairs.size
    },
    get struck() {
      return struck
    },
    cut() {
      for (const kill of pairs) kill()
    },
    cutInsteadOfAnswer(times, which = () => true) {
      ;[left, accepts, inside] = [times, which, false]
    },
    cutInsideAnswer(times, which = () => true) {
      ;[left, accepts, inside] = [times, which, true]
    },
    hold(now) {
      holding = now
      if (!now) for (const write of held.splice(0)) write()
    },
    delay(ms) {
      delayMs = ms
    },
    async close() {
      for (const kill of pairs) kill()
      await new Promise((resolve) => void server.close(resolve))
    },
  }
}
