import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PlacementBody } from '@forage/contracts'
import { readConfig, startServer } from '@forage/server'

/** A server on LMDB in this process (so that a changed prototype would be seen) with the placement `fuzz`. */
export async function startTarget(): Promise<{ url: string; close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'forage-fuzz-'))
  const fields = [
    { name: 'hour', from: 'context', type: 'numeric', mean: 12, sd: 7 },
    { name: 'device', from: 'context', type: 'hashed', buckets: 4 },
    { name: 'price', from: 'item', type: 'hashed', buckets: 4 },
  ]
  const placement = PlacementBody.parse({ policy: { name: 'linear-thompson', draws: 16 }, encoder: { kind: 'hashed', dimension: 16 }, reward: { expression: 'click', windowSeconds: 1 } })
  const strict = PlacementBody.parse({ encoder: { kind: 'declared', fields }, reward: { expression: 'click' } })
  const server = await startServer(readConfig({}, { port: 0, dataDir: folder, logLevel: 'silent' }), { placements: { fuzz: placement, strict } })
  return {
    url: server.url,
    async close() {
      await server.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
