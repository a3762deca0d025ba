import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { auditDecisions, openFolder, readConfig, startServer, catalogFrom, type AuditReport } from '@forage/server'
import { estimateUniform, type IpsEstimate } from './estimate.ts'
import { serveMany } from './serve.ts'

export interface ServedReport {
  readonly decisions: number
  readonly audit: AuditReport
  readonly estimates: IpsEstimate[]
}

/** Serves over HTTP on LMDB, stops, then recomputes every decision from the files alone and estimates a known policy's value from them. */
export async function checkServed({ decisions, seed, partitions = 1 }: { decisions: number; seed: number; partitions?: number }): Promise<ServedReport> {
  const folder = mkdtempSync(join(tmpdir(), 'forage-served-'))
  try {
    const server = await startServer(readConfig({}, { port: 0, dataDir: folder, logLevel: 'error', partitions }))
    try {
      await serveMany(server.url, decisions, seed)
    } finally {
      await server.close()
    }
    const { log, store, close } = await openFolder(folder)
    try {
      const audit = await auditDecisions({ log, catalog: catalogFrom(store) })
      return { decisions, audit, estimates: await estimateUniform(log) }
    } finally {
      await close()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
