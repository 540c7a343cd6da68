/**
 * The HTTP server itself: plain or with TLS, its bounds on what is read before any route is known, and its own refusals. Knows no
 * routes.
 */
import type { Http2SecureServer } from 'node:http2'
import type { Limits } from '@cometpad/shared'
import fastify, { LogController } from 'fastify'
import type { FastifyBaseLogger, FastifyHttp2SecureOptions, FastifyInstance } from 'fastify'
import { answerUnreadable, frameworkErrors } from './error-handler.ts'
import { endHttp2SessionsOnClose } from './http2-sessions.ts'
import type { OriginPolicy } from './origin.ts'
import type { SetSecurityHeaders } from './security-headers.ts'
import { longestRequestMs } from './slow-bodies.ts'
import { readTls } from './tls.ts'

/** The settings of the configuration that are looked at here; see there. */
interface AppSettings {
  readonly logLevel: string
  readonly trustProxy: readonly string[]
  readonly tlsCert: string
  readonly tlsKey: string
}

interface AppOptions {
  readonly origins: OriginPolicy
  readonly setSecurityHeaders: SetSecurityHeaders
  readonly limits: Limits
  /** Undefined: lines of JSON on standard error, at the level of the configuration. */
  readonly logger: FastifyBaseLogger | undefined
}

/** Throws TLS_UNUSABLE. */
export function newApp(
  config: AppSettings,
  { origins, setSecurityHeaders, limits, logger }: AppOptions,
): FastifyInstance {
  const { logLevel: level, trustProxy } = config
  const slowness = {
    headersTimeout: limits.headersMs,
    connectionsCheckingInterval: CHECK_CONNECTIONS_MS,
    requestTimeout: longestRequestMs(limits),
  }
  const options = {
    ...(logger === undefined ? { logger: { level, stream: process.stderr } } : { loggerInstance: logger }),
    // One line for a request, and only for those who ask: see the hook below.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: limits.messageBytes,
    requestTimeout: longestRequestMs(limits),
    trustProxy: trustProxy.length > 0 ? Array.from(trustProxy) : false,
    // Document ids are long and come in the path; one that is too long is refused as such.
    routerOptions: { maxParamLength: 16_384 },
    forceCloseConnections: true,
    frameworkErrors: frameworkErrors(origins, setSecurityHeaders),
    clientErrorHandler: answerUnreadable,
  }
  if (!hasTls(config)) return withMost(limits.connections, fastify({ ...options, http: slowness }))
  const { cert, key } = readTls({ cert: config.tlsCert, key: config.tlsKey })
  // HTTP/2 where the browser speaks it, so that no held request costs one of its six connections; WebSockets stay on HTTP/1.1.
  // The requests and answers of the two have the same members, though Fastify gives them types of their own.
  const secure = { ...options, http2: true, https: { cert, key, allowHTTP1: true, ...slowness } }
  const app = fastify(secure as unknown as FastifyHttp2SecureOptions<Http2SecureServer>)
  const asHttp1 = app as unknown as FastifyInstance
  endHttp2SessionsOnClose(asHttp1, app.server, limits)
  return withMost(limits.connections, asHttp1)
}

/** So often Node looks for requests that take too long to come. */
const CHECK_CONNECTIONS_MS = 2_000

/** Beyond so many connections the process takes no more, and what is there goes on. */
function withMost(connections: number, app: FastifyInstance): FastifyInstance {
  app.server.maxConnections = connections
  return app
}

export function hasTls({ tlsCert }: Pick<AppSettings, 'tlsCert'>): boolean {
  return tlsCert !== ''
}
