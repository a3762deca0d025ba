import http from 'node:http'
import seedrandom from 'seedrandom'
import { clickProbability, devices, items, placements } from './world.ts'

const agent = new http.Agent({ keepAlive: true, maxSockets: 16 })

export function call<T>(url: string, method: string, path: string, body: unknown): Promise<T> {
  const text = JSON.stringify(body)
  return new Promise((resolve, reject) => {
    const request = http.request(url + path, { method, agent, headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) } }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const answer = Buffer.concat(chunks).toString('utf8')
        if ((response.statusCode ?? 500) >= 300) reject(new Error(`${method} ${path}: ${response.statusCode} ${answer}`))
        else resolve(JSON.parse(answer) as T)
      })
    })
    request.on('error', reject)
    request.end(text)
  })
}

interface Answer {
  readonly decisionId: string
  readonly items: { readonly id: string }[]
}

/** Serves `decisions` recommendations over all placements, from the catalog and inline, single and slates, with feedback on a third. */
export async function serveMany(url: string, decisions: number, seed: number): Promise<void> {
  for (const [id, body] of Object.entries(placements)) {
    await call(url, 'PUT', `/api/placements/${id}`, body)
    await call(url, 'PUT', `/api/placements/${id}/items`, { items })
  }
  const random = seedrandom(`served-${seed}`)
  const names = Object.keys(placements)
  let next = 0
  const visitor = async () => {
    while (next < decisions) {
      const index = next++
      const [device, hour] = [devices[Math.floor(random() * devices.length)]!, Math.floor(random() * 24)]
      const [inline, rewarded, luck, size] = [random() < 0.5, random() < 0.35, random(), random()]
      const body = {
        placement: names[index % names.length],
        userId: `u-${index % 997}`,
        context: { device, hour },
        count: size < 0.8 ? 1 : size < 0.9 ? 2 : 3,
        ...(inline ? { candidates: items.slice(index % 3) } : {}),
        ...(index % 11 === 0 ? { exclude: ['item-3'] } : {}),
      }
      const { decisionId, items: shown } = await call<Answer>(url, 'POST', '/recommend', body)
      const click = luck < clickProbability(device, shown[0]!.id) ? 1 : 0
      // Feedback for every catalog decision with one item makes the off-policy estimate possible; for the rest, some.
      if (rewarded || (!inline && body.count === 1)) await call(url, 'POST', '/feedback', { decisionId, event: 'click', value: click, final: true, feedbackId: `f-${index}` })
    }
  }
  await Promise.all(Array.from({ length: 16 }, visitor))
}
