import type { ServerResponse } from 'node:http'

/** Answers JSON directly, without what Express adds: one write, its length known. */
export function sendJson(response: ServerResponse, status: number, value: unknown, extra?: Readonly<Record<string, string>>): void {
  sendJsonText(response, status, JSON.stringify(value), extra)
}

export function sendJsonText(response: ServerResponse, status: number, text: string, extra?: Readonly<Record<string, string>>): void {
  const headers: Record<string, string | number> = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  }
  if (extra !== undefined) Object.assign(headers, extra)
  response.writeHead(status, headers)
  response.end(text)
}
