import { readdirSync, readFileSync } from 'node:fs'
import { Router } from 'express'

// The compiler does not copy assets; `src/pages` and `dist/pages` are equally deep, so this is `server/assets/` from both.
const folder = new URL('../../assets/', import.meta.url)

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
}

const pages: readonly (readonly [path: string, file: string])[] = [['/', 'status.html'], ['/docs', 'docs.html'], ['/favicon.ico', 'icon.svg']]

/** The status page at `/`, the API page at `/docs`. Read into memory once: an unreadable file stops the start, not a visitor. */
export function pagesRouter(): Router {
  const router = Router({ caseSensitive: true })
  const assets = readdirSync(folder).filter((file) => /\.(?:css|js)$/.test(file))
  for (const [path, file] of [...pages, ...assets.map((file) => [`/assets/${file}`, file] as const)]) {
    const body = readFileSync(new URL(file, folder))
    const headers = { 'content-type': types[file.split('.').at(-1)!], 'cache-control': 'no-cache' }
    router.get(path, (_, response) => void response.set(headers).send(body))
  }
  return router
}
