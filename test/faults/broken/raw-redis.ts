import { connect, type Socket } from 'node:net'
import { once } from 'node:events'

/** One command after the other over a plain connection, binary safe: for writes that the product's store would never do. */
export class RawRedis {
  readonly #socket: Socket
  #answers: ((line: string) => void)[] = []
  #last: Promise<unknown> = Promise.resolve()

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => this.#answers.shift()?.(chunk.toString('latin1')))
    socket.on('error', () => {}).on('close', () => {
      for (const answer of this.#answers.splice(0)) answer('-closed')
    })
  }

  static async open(url: string): Promise<RawRedis> {
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname)
    await once(socket, 'connect')
    return new RawRedis(socket)
  }

  /** The raw answer, when it is short; an error when Redis says one. */
  send(...words: readonly (string | number | Uint8Array)[]): Promise<string> {
    const parts = words.map((word) => (word instanceof Uint8Array ? Buffer.from(word) : Buffer.from(String(word))))
    const frame = Buffer.concat([Buffer.from(`*${parts.length}\r\n`), ...parts.flatMap((part) => [Buffer.from(`$${part.length}\r\n`), part, Buffer.from('\r\n')])])
    const answer = this.#last.then(() => new Promise<string>((resolve, reject) => {
      this.#answers.push((text) => (text.startsWith('-') ? reject(new Error(text.trim())) : resolve(text)))
      this.#socket.write(frame)
    }))
    this.#last = answer.catch(() => {})
    return answer
  }

  close(): void {
    this.#socket.destroy()
  }
}
