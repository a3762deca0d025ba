/** What Redis answers: strings as bytes, never decoded on the way. */
export type Reply = Buffer | number | null | Reply[]
export type Argument = string | number | Uint8Array

/** A Lua script that runs as one step of the server; sent by its digest, in full only to servers that do not know it. */
export interface Script {
  readonly lua: string
  readonly sha: string
}

/**
 * All that this driver needs of a client library, so that one file imports it. Every promise settles within the client's time limit.
 * A command that failed may have been executed, now or later: send only what is harmless when repeated, or compare and set.
 * @throws ForageError (all methods) `store_unavailable`; `corrupt_state` when a key holds another type of value than ours
 */
export interface RedisClient {
  call(command: string, ...values: Argument[]): Promise<Reply>
  run(script: Script, keys: readonly string[], values: readonly Argument[]): Promise<Reply>
  /** The command's text answer from every server that takes writes. */
  everyMaster(command: string, ...values: string[]): Promise<string[]>
  /** Hears the channel on a connection of its own; `onReady` after every (re)connection, because messages in between are lost. */
  listen(channel: string, onMessage: (message: string) => void, onReady: () => void): { close(): void }
  close(): Promise<void>
}

export const textOf = (reply: Reply | undefined): string | null => (Buffer.isBuffer(reply) ? reply.toString() : typeof reply === 'number' ? String(reply) : null)
export const listOf = (reply: Reply | undefined): Reply[] => (Array.isArray(reply) ? reply : [])
/** A copy: what the library hands out may be a view into its read buffer. */
export const bytesOf = (reply: Buffer): Uint8Array => new Uint8Array(reply)
