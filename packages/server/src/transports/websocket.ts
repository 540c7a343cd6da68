/**
 * Documents over WebSocket: `GET /v1/ws/{documentId}`, for clients of y-websocket and for ours. Decides who is upgraded
 * and beats the time for all connections; knows nothing of what the messages mean.
 */
import type { Server, ServerResponse } from 'node:http'
import websocket from '@fastify/websocket'
import type { WebsocketPluginOptions } from '@fastify/websocket'
import { CometpadError, SUBPROTOCOL, checkDocumentId, parseOffset } from '@cometpad/shared'
import type { Clock, Limits, Offset } from '@cometpad/shared'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Grant, RoomsPort } from '../core/ports.ts'
import { webSocketUpgrades } from './upgrades.ts'
import { Connection, ConnectionSocket } from './websocket-connection.ts'
import type { Neighbourhood } from './websocket-connection.ts'

export interface WebSocketTransportOptions {
  readonly rooms: RoomsPort
  readonly clock: Clock
  readonly limits: Limits
  /** Other routes that speak WebSocket. */
  readonly otherRoutes?: readonly string[]
  /** The rights of a request. Throws UNAUTHORIZED or FORBIDDEN; asked before the upgrade. */
  readonly authorize: (request: FastifyRequest, documentId: string) => Promise<Grant>
  /** Whose the refused updates and the new documents of a connection count as. */
  readonly sourceOf: (request: FastifyRequest, grant: Grant) => string
}

/** What was found out about a request before its upgrade. */
interface Admission {
  readonly documentId: string
  readonly position: Offset | undefined
  readonly generation: string | undefined
  readonly grant: Grant
  readonly source: string
  readonly response: ServerResponse
}

const ROUTE = '/v1/ws/*'
const BEAT_MS = 1_000

export async function registerWebSocket(
  app: FastifyInstance,
  { rooms, clock, limits, authorize, sourceOf, otherRoutes = [] }: WebSocketTransportOptions,
): Promise<void> {
  const routes = new Set<string | undefined>([ROUTE, ...otherRoutes])
  const connections = new Set<Connection>()
  const neighbourhood: Neighbourhood = { connections, clock, limits }
  const admissions = new WeakMap<FastifyRequest, Admission>()

  const options = {
    // All that the plugin does with a server is to listen to its upgrades.
    server: webSocketUpgrades(app.server) as Server,
    // The declarations ask for the whole module of ws where it needs a class that extends WebSocket.
    WebSocket: ConnectionSocket as unknown as NonNullable<WebsocketPluginOptions['options']>['WebSocket'],
    clientTracking: false,
    maxPayload: limits.messageBytes,
    perMessageDeflate: false,
    closeTimeout: limits.goodbyeMs,
    handleProtocols: (offered: Set<string>) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  } as const
  await app.register(websocket, {
    options,
    // The rooms close every connection with a reason when they drain; here only what came too late for that is left.
    preClose(done) {
      for (const connection of connections) connection.refuse('DRAINING')
      done()
    },
    errorHandler(error, socket, request) {
      request.log.error({ err: error }, 'a WebSocket could not be set up')
      socket.terminate()
    },
  })

  app.addHook('onRequest', async (request) => {
    // Left alone, the plugin upgrades whatever answers a GET, and logs its address with the query.
    if (request.ws && !routes.has(request.routeOptions.url)) throw new CometpadError('NOT_FOUND')
  })

  app.addHook('onResponse', async (request) => {
    // Node leaves the socket of one that asked for a WebSocket to us, and the plugin forgets it when an earlier hook has refused.
    if (request.headers.upgrade !== undefined) request.raw.socket.destroySoon()
  })

  app.route({
    method: 'GET',
    url: ROUTE,
    async preValidation(request, reply) {
      const documentId = documentIdOf(request)
      const query = queryOf(request)
      const position = positionIn(query)
      const grant = await authorize(request, documentId)
      const generation = query.get('generation') ?? undefined
      const source = sourceOf(request, grant)
      admissions.set(request, { documentId, position, generation, grant, source, response: reply.raw })
    },
    handler(_request, reply) {
      void reply.header('upgrade', 'websocket')
      throw new CometpadError('UPGRADE_REQUIRED')
    },
    wsHandler(socket, request) {
      const admission = admissions.get(request)
      if (admission === undefined || !(socket instanceof ConnectionSocket))
        throw new TypeError('An upgrade without an admission')
      const { response, ...joining } = admission
      const tcp = request.raw.socket
      // The plugin's listener and Node's response would keep the whole request in memory while the socket lives.
      socket.removeAllListeners('error')
      response.detachSocket(tcp)
      new Connection(socket, tcp, neighbourhood).begin((sink) => rooms.join({ ...joining, sink }))
    },
  })

  // One wheel for all: a timer for each of ten thousand connections would cost more than they do.
  const beat = (): void => {
    rooms.beat()
    for (const connection of connections) connection.beat()
    stop = clock.after(BEAT_MS, beat)
  }
  let stop = clock.after(BEAT_MS, beat)
  app.addHook('onClose', async () => stop())
}

function documentIdOf(request: FastifyRequest): string {
  const { '*': documentId } = request.params as { '*': string }
  return checkDocumentId(documentId)
}

function queryOf(request: FastifyRequest): URLSearchParams {
  const [, query = ''] = /\?([^#]*)/.exec(request.url) ?? []
  return new URLSearchParams(query)
}

function positionIn(query: URLSearchParams): Offset | undefined {
  const text = query.get('position')
  if (text === null) return undefined
  const position = parseOffset(text)
  if (position === undefined)
    throw new CometpadError('INVALID_REQUEST', { detail: '"position" is not an offset.' })
  return position
}
