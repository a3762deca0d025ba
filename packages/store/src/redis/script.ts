import { createHash } from 'node:crypto'
import type { Script } from './client.ts'

export function script(lua: string): Script {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') }
}
