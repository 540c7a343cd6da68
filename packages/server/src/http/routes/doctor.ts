/**
 * What a doctor asks for (`cometpad doctor`, the page /doctor): facts, a stream, a request that waits, a large body, an echo.
 * They lie among the documents, because proxies are configured by path, and need no rights: they reach no document and no
 * store. Few at a time, and none for longer than a minute.
 */
import { Readable } from 'node:stream'
import { CometpadError, FRAMES_TYPE, HOLD_HEADER, PROTOCOL_VERSION } from '@cometpad/shared'
import type { Clock, Limits } from '@cometpad/shared'
import { DOCTOR_PATH, DOCTOR_SOCKET_PATH, DOCTOR_TYPE } from '@cometpad/shared/doctor'
import type { DoctorFacts } from '@cometpad/shared/doctor'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { WebSocket } from 'ws'
import { setCorsHeaders } from '../cors.ts'

export interface DoctorOptions {
  readonly clock: Clock
  readonly limits: Limits
  /** May pages of this other site use the server? */
  readonly isListed: (origin: string) => boolean
}

interface Query {
  readonly live?: string
  readonly host?: string
  readonly origin?: string
}

export async function registerDoctorRoutes(app: FastifyInstance, options: DoctorOptions): Promise<void> {
  const { clock, limits, isListed } = options
  /** More than the longest silence that a doctor tries, and what opens and answers around it. */
  const socketMs = limits.longestHoldMs + limits.connectMs
  /** How each of those under way is ended. */
  const underWay = new Set<() => void>()

  function checkRoom(): void {
    if (underWay.size >= limits.doctorProbes) throw new CometpadError('OVERLOADED')
  }

  /** Resolves after so long, or when the client has gone, or when the server goes down. */
  function wait(ms: number, reply: FastifyReply): Promise<void> {
    checkRoom()
    return new Promise((resolve) => {
      const cancel = clock.after(ms, () => end())
      const end = (): void => {
        cancel()
        underWay.delete(end)
        reply.raw.off('close', end)
        resolve()
      }
      underWay.add(end)
      reply.raw.on('close', end)
    })
  }

  app.addHook('preClose', async () => {
    for (const end of underWay) end()
  })

  app.get<{ Querystring: Query }>(DOCTOR_PATH, async (request, reply) => {
    const { live, host, origin } = request.query
    setLiveHeaders(reply)
    if (live === 'stream') {
      const tick = wait(limits.streamTickMs, reply)
      return reply.type(FRAMES_TYPE).send(Readable.from(signs(tick), { objectMode: false }))
    }
    if (live === 'long-poll') {
      await wait(holdIn(request, limits), reply)
      return reply.type(FRAMES_TYPE).send(sign())
    }
    // What pages of that site would be told, for one of our own: no other page gets to read it.
    if (origin !== undefined && isListed(origin) && request.headers.origin === undefined)
      setCorsHeaders(reply, origin)
    const facts: DoctorFacts = {
      product: 'cometpad',
      protocol: PROTOCOL_VERSION,
      time: Date.now(),
      isHostKept: host === undefined ? null : isSameHost(host, request.host),
      isOriginAllowed: origin === undefined ? null : isListed(origin),
    }
    return facts
  })

  app.route({
    method: 'GET',
    url: DOCTOR_SOCKET_PATH,
    handler(_request, reply) {
      void reply.header('upgrade', 'websocket')
      throw new CometpadError('UPGRADE_REQUIRED')
    },
    async preValidation(request) {
      if (request.ws) checkRoom()
    },
    wsHandler(socket: WebSocket) {
      const end = (): void => socket.terminate()
      underWay.add(end)
      const cancel = clock.after(socketMs, end)
      socket.on('message', (data: Buffer) => socket.send(data))
      socket.on('close', () => {
        cancel()
        underWay.delete(end)
      })
    },
  })

  // In a scope of its own, where nobody else's way to read bodies is in force.
  await app.register(async (scope) => {
    scope.addContentTypeParser(
      DOCTOR_TYPE,
      { parseAs: 'buffer', bodyLimit: limits.postBytes },
      (_request, _body, done) => done(null, undefined),
    )
    scope.post(DOCTOR_PATH, { bodyLimit: limits.postBytes }, async (_request, reply) => {
      setLiveHeaders(reply)
      return reply.code(204).send()
    })
  })
}

/** Two signs of life, as a stream of a document begins with them. */
async function* signs(tick: Promise<void>): AsyncGenerator<Buffer> {
  yield sign()
  await tick
  yield sign()
}

function sign(): Buffer {
  return Buffer.from([0])
}

/** Some proxies write the port also where it is the usual one. */
function isSameHost(a: string, b: string): boolean {
  const [first, second] = [a, b].map((host) => host.toLowerCase().replace(/:(80|443)$/, ''))
  return first === second
}

function holdIn({ headers }: FastifyRequest, limits: Limits): number {
  const asked = Number(headers[HOLD_HEADER] ?? limits.pollHoldMs)
  if (!(asked >= limits.shortestHoldMs && asked <= limits.longestHoldMs))
    throw new CometpadError('INVALID_REQUEST', {
      detail: `"Cometpad-Hold" has to be ${limits.shortestHoldMs} to ${limits.longestHoldMs} milliseconds.`,
    })
  return asked
}

/** Those of every live answer. */
function setLiveHeaders(reply: FastifyReply): void {
  void reply.header('cache-control', 'no-store, no-transform').header('x-accel-buffering', 'no')
}
