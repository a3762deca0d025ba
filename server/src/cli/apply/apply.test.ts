import { createMemoryStore } from '@forage/store/memory'
import { afterEach, describe, expect, it } from 'vitest'
import { readConfig } from '../../config.ts'
import { startServer, type RunningServer } from '../../start.ts'
import { applyThrough } from './apply.ts'
import type { Change } from './change.ts'
import { parseForageFile } from './read-forage-file.ts'
import { applyToDocuments } from './to-folder.ts'

const file = (text: string) => parseForageFile(text, 'forage.yaml')
const first = file('placements:\n  home: { floor: 0.1 }\n  side: {}\ncatalogs:\n  home:\n    - { id: sku-1, features: { price: 3 } }\n')
const second = file('placements:\n  home: { floor: 0.2 }\n  side: {}\n')
const short = (changes: Change[]) => changes.map(({ kind, id, change, version }) => `${kind} ${id} ${change} ${version}`)

const servers: RunningServer[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})

const ways = [
  ['a data folder', async () => {
    const { documents } = createMemoryStore()
    return (definitions: typeof first) => applyToDocuments(documents, definitions)
  }],
  ['a server', async () => {
    const server = await startServer(readConfig({}, { port: 0, dataDir: null, logLevel: 'silent' }))
    servers.push(server)
    return (definitions: typeof first) => applyThrough(server.url, definitions)
  }],
] as const

describe.each(ways)('through %s', (_, open) => {
  it('says what was created, updated and unchanged', async () => {
    const apply = await open()
    expect(short(await apply(first))).toEqual(['placement home created 1', 'placement side created 1', 'catalog home created 1'])
    expect(short(await apply(first))).toEqual(['placement home unchanged 1', 'placement side unchanged 1', 'catalog home unchanged 1'])
    expect(short(await apply(second))).toEqual(['placement home updated 2', 'placement side unchanged 1'])
  })

  it('checks catalogs against the placements that are there, before it writes', async () => {
    const apply = await open()
    await expect(apply(file('placements:\n  home: {}\ncatalogs:\n  nowhere: [{ id: a }]\n'))).rejects.toThrow(/catalogs\.nowhere: there is no placement/)
    const fields = '[{ name: price, from: item, type: numeric }]'
    expect(short(await apply(file(`placements:\n  home: { encoder: { kind: declared, fields: ${fields} } }\n`)))).toEqual(['placement home created 1'])
    await expect(apply(file('catalogs:\n  home: [{ id: a, features: { price: cheap } }, { id: b, features: { price: dear } }]\n'))).rejects.toThrow(
      /2 faults[^]*catalogs\.home\.0\.features\.price[^]*catalogs\.home\.1\.features\.price/,
    )
  })
})
