/**
 * Ends HTTP/2 sessions when the server closes: what is being answered may finish within the time of a goodbye, and an idle
 * browser does not keep the process. Fastify's own way misses a session that is set up in the same moment. Knows no route.
 */
import type { Http2SecureServer, ServerHttp2Session } from 'node:http2'
import type { Limits } from '@cometpad/shared'
import type { FastifyInstance } from 'fastify'

export function endHttp2SessionsOnClose(
  app: FastifyInstance,
  server: Http2SecureServer,
  { goodbyeMs }: Pick<Limits, 'goodbyeMs'>,
): void {
  const sessions = new Set<ServerHttp2Session>()
  let isClosing = false
  server.on('session', (session) => {
    if (isClosing) end(session, goodbyeMs)
    sessions.add(session)
    session.once('close', () => sessions.delete(session))
  })
  app.addHook('preClose', (done) => {
    isClosing = true
    for (const session of sessions) end(session, goodbyeMs)
    done()
  })
}

function end(session: ServerHttp2Session, goodbyeMs: number): void {
  const cut = setTimeout(() => session.destroy(), goodbyeMs)
  session.once('close', () => clearTimeout(cut))
  session.close()
}
