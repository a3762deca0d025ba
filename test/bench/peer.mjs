// The peers of the HTTP benchmark: what a service would cost that parses the same body and answers a reply of the same size, and
// decides nothing. `node peer.mjs express|bare PORT REPLY_FILE`
import { readFileSync } from 'node:fs'
import http from 'node:http'
import express from 'express'

const [, , kind, port, replyFile] = process.argv
const reply = JSON.parse(readFileSync(replyFile, 'utf8'))

if (kind === 'express') {
  const app = express()
  app.use(express.json({ limit: '1mb' }))
  app.post('/recommend', (request, response) => {
    if (!request.body.placement) return response.status(400).json({})
    response.json(reply)
  })
  app.listen(Number(port), '127.0.0.1')
} else {
  const server = http.createServer((request, response) => {
    const chunks = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString('utf8'))
      const text = JSON.stringify(reply)
      response.writeHead(body.placement ? 200 : 400, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) })
      response.end(text)
    })
  })
  server.listen(Number(port), '127.0.0.1')
}
