/**
 * Who is let in at all, before any work: how many WebSockets and requests of one address and of one subject may be under way, how
 * many may come in a while, and nobody new when the process is behind. Knows nothing of documents and rights.
 */
import rateLimit from '@fastify/rate-limit'
import underPressure from '@fastify/under-pressure'
import { CometpadError, GENERATION_HEADER, documentPath } from '@cometpad/shared'
import type { Limits } from '@cometpad/shared'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** Counts what is under way. */
export interface Admissions {
  /** Counts a request, or the WebSocket it becomes, for its subject as well. Throws TOO_MANY_CONNECTIONS. */
  countFor(request: FastifyRequest, subject: string): void
}

type Bounds = Pick<
  Limits,
  'connectionsPerAddress' | 'connectionsPerSubject' | 'requestsPerWindow' | 'requestWindowMs' | 'loopDelayMs'
>

/** Before any route is registered. */
export async function registerAdmission(app: FastifyInstance, limits: Bounds): Promise<Admissions> {
  const underWay = new Counts()
  const leaving = new WeakMap<FastifyRequest, { onLeave(leave: () => void): void }>()

  app.addHook('onRequest', async (request, reply) => {
    // Pages are answered at once, and what they say is better said by a page.
    if (request.routeOptions.url?.startsWith('/v1/') !== true) return
    const leave = underWay.enter(`address ${request.ip}`, limits.connectionsPerAddress)
    // No listener may hold the request: the socket of a WebSocket lives for long.
    const end = asksToUpgrade(request) ? request.raw.socket : reply.raw
    end.once('close', leave)
    leaving.set(request, { onLeave: (another) => end.once('close', another) })
  })
  await app.register(rateLimit, {
    max: limits.requestsPerWindow,
    timeWindow: limits.requestWindowMs,
    addHeaders: { 'x-ratelimit-limit': false, 'x-ratelimit-remaining': false, 'x-ratelimit-reset': false },
    addHeadersOnExceeding: {
      'x-ratelimit-limit': false,
      'x-ratelimit-remaining': false,
      'x-ratelimit-reset': false,
    },
    errorResponseBuilder: (_request, { ttl }) => new CometpadError('RATE_LIMITED', { retryAfterMs: ttl }),
  })
  await app.register(underPressure, {
    maxEventLoopDelay: limits.loopDelayMs,
    pressureHandler: (request: FastifyRequest, _reply: FastifyReply, _type: string, delayMs?: number) => {
      // Without a measurement the plugin takes the delay for infinite.
      if (isNew(request) && delayMs !== Number.POSITIVE_INFINITY) throw new CometpadError('OVERLOADED')
    },
  })

  return {
    countFor(request, subject) {
      const leave = underWay.enter(`subject ${subject}`, limits.connectionsPerSubject)
      leaving.get(request)?.onLeave(leave)
    },
  }
}

/** Whoever is in already goes on: what it has to say was typed by somebody, and to have it come again would cost more. */
function isNew(request: FastifyRequest): boolean {
  const { method, headers, routeOptions } = request
  // Not as it is written: an address can be written in many ways.
  const asksForDocument = method === 'GET' && routeOptions.url?.startsWith(documentPath('')) === true
  return asksToUpgrade(request) || (asksForDocument && headers[GENERATION_HEADER] === undefined)
}

/** Node does not answer such a request: its socket becomes a WebSocket, or is closed. */
function asksToUpgrade({ headers }: FastifyRequest): boolean {
  return headers.upgrade !== undefined
}

/** How many there are of each. */
class Counts {
  readonly #counts = new Map<string, number>()

  /** Gives what takes it back. Throws TOO_MANY_CONNECTIONS when there are `most` already. */
  enter(key: string, most: number): () => void {
    const count = this.#counts.get(key) ?? 0
    if (count >= most) throw new CometpadError('TOO_MANY_CONNECTIONS')
    this.#counts.set(key, count + 1)
    return () => this.#leave(key)
  }

  #leave(key: string): void {
    const count = this.#counts.get(key) ?? 0
    if (count > 1) this.#counts.set(key, count - 1)
    else this.#counts.delete(key)
  }
}
