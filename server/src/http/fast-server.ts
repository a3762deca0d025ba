import http from 'node:http'
import type { Express } from 'express'

/**
 * Express sets the prototype of every request and response, which makes all later property access in `node:http` slow: its largest
 * single cost. Here requests and responses are born with Express's prototypes, so that setting them changes nothing.
 * `listener` gets every request and hands it to `app`, or answers it. Routers keep this; a mounted sub-application (`app.use(otherApp)`) would undo it.
 */
export function createFastServer(app: Express, listener: http.RequestListener, options: http.ServerOptions = {}): http.Server {
  class Request extends http.IncomingMessage {}
  class Response<R extends http.IncomingMessage = http.IncomingMessage> extends http.ServerResponse<R> {}
  Object.setPrototypeOf(Request.prototype, app.request)
  Object.setPrototypeOf(Response.prototype, app.response)
  app.request = Request.prototype as unknown as Express['request']
  app.response = Response.prototype as unknown as Express['response']
  return http.createServer({ ...options, IncomingMessage: Request, ServerResponse: Response }, listener)
}
