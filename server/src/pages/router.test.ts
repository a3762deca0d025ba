import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { expect, it } from 'vitest'
import { pagesRouter } from './router.ts'

const folder = new URL('../../assets/', import.meta.url)
const asset = (file: string) => readFileSync(new URL(file, folder), 'utf8')
const pages = ['status.html', 'docs.html']

it('answers the pages and everything they ask for', async () => {
  const server = createServer(express().use(pagesRouter())).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const get = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`)
    return { status: answer.status, type: answer.headers.get('content-type'), body: await answer.text() }
  }
  try {
    for (const path of ['/', '/docs']) {
      const page = await get(path)
      expect(page).toMatchObject({ status: 200, type: 'text/html; charset=utf-8' })
      const links = [...page.body.matchAll(/(?:src|href)="(\/(?:assets\/|favicon)[^"]+)"/g)].map((match) => match[1]!)
      for (const link of links) expect((await get(link)).status, link).toBe(200)
    }
    expect(await get('/assets/status.js')).toMatchObject({ status: 200, type: 'text/javascript; charset=utf-8' })
    for (const path of ['/assets/icon.svg', '/assets/../package.json', '/assets/%2e%2e/package.json', '/assets/']) expect((await get(path)).status, path).toBe(404)
  } finally {
    server.close()
  }
})

it('needs nothing that a strict content security policy forbids', () => {
  for (const page of pages) {
    const html = asset(page)
    expect(html.match(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|javascript:|https?:\/\//g), page).toBeNull()
  }
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.js'))) {
    expect(asset(file).match(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setAttribute\('style'/g), file).toBeNull()
  }
})

it('imports only scripts that exist, and looks only for parts that the page has', () => {
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.js'))) {
    for (const [, imported] of asset(file).matchAll(/from '\.\/([^']+)'/g)) expect(() => asset(imported!), `${file} imports ${imported}`).not.toThrow()
  }
  for (const [script, page] of [['status.js', 'status.html'], ['docs.js', 'docs.html']] as const) {
    const html = asset(page)
    for (const [, id] of asset(script).matchAll(/byId\('([^']+)'\)/g)) expect(html, script).toContain(`id="${id}"`)
    for (const [, part] of asset(script).matchAll(/part\('([^']+)'\)/g)) expect(html, script).toContain(`data-part="${part}"`)
    for (const [, tile] of asset(script).matchAll(/tile\('([^']+)'/g)) expect(html, script).toContain(`data-tile="${tile}"`)
  }
})
