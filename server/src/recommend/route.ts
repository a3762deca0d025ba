import type { RequestListener } from 'node:http'
import type { Fail } from '../http/error-handler.ts'
import { collectBody, parseJson } from '../http/body.ts'
import { Outbox } from '../http/outbox.ts'
import type { RequestLog } from '../http/request-log.ts'
import type { RecommendBody } from '@forage/contracts'
import { checkRecommend } from './request.ts'
import type { Recommender } from './recommender.ts'

/** POST /recommend. The hot path: no promise unless something has to be waited for, one write, no router, no middleware. */
export function recommendHandler(recommender: Recommender, fail: Fail, log: RequestLog, limit: number): RequestListener {
  const outbox = new Outbox()
  return (request, response) => {
    const start = performance.now()
    const finish = (text: string) => {
      outbox.add(() => {
        if (response.destroyed) return
        response.writeHead(200, ['Content-Type', 'application/json', 'Content-Length', Buffer.byteLength(text), 'X-Content-Type-Options', 'nosniff'])
        response.end(text)
        log.done('/recommend', 'POST', 200, performance.now() - start)
      })
    }
    const refuse = (error: unknown) => {
      fail(request, response, error)
      log.done('/recommend', 'POST', response.statusCode, performance.now() - start)
    }
    collectBody(request, limit, (error, raw) => {
      if (error !== null) return refuse(error)
      try {
        const body = parseJson(raw)
        const fault = checkRecommend(body)
        if (fault !== null) return refuse(fault)
        const answer = recommender.recommend(body as RecommendBody, raw, start)
        if (typeof answer === 'string') finish(answer)
        else void finishLater(answer, finish, refuse)
      } catch (fault) {
        refuse(fault)
      }
    })
  }
}

async function finishLater(answer: Promise<string>, finish: (text: string) => void, refuse: (error: unknown) => void): Promise<void> {
  try {
    finish(await answer)
  } catch (error) {
    refuse(error)
  }
}
