/** What every answer tells the browser not to do. */
import type { FastifyInstance, FastifyReply } from 'fastify'
import helmet from 'helmet'

export interface SecurityOptions {
  /** Sites whose pages may show ours in a frame, besides our own. */
  readonly ancestors: readonly string[]
  /** The server has TLS of its own: the browser shall come back with it. Before a proxy that is for the proxy to say. */
  readonly hasTls: boolean
}

/** Sets the headers of one answer. */
export type SetSecurityHeaders = (reply: FastifyReply) => void

export function securityHeaders({ ancestors, hasTls }: SecurityOptions): SetSecurityHeaders {
  const set = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'", 'ws:', 'wss:'],
        formAction: ["'self'"],
        frameAncestors: ["'self'", ...ancestors],
        baseUri: ["'none'"],
        objectSrc: ["'none'"],
      },
    },
    // What links lead to shall not hear which document they stand in.
    referrerPolicy: { policy: 'same-origin' },
    strictTransportSecurity: hasTls,
    // The policy above says it better, for it can name several sites.
    xFrameOptions: false,
  })
  return ({ request, raw }) => set(request.raw, raw, rethrow)
}

export function registerSecurityHeaders(app: FastifyInstance, set: SetSecurityHeaders): void {
  app.addHook('onRequest', async (_request, reply) => set(reply))
}

function rethrow(error?: unknown): void {
  if (error !== undefined) throw error
}
