/**
 * The one place where everything is put together: store, rooms, transports, routes. Knows no process: no signals, no
 * exit codes, no standard output.
 */
import { CometpadError, limits as defaults } from '@cometpad/shared'
import type { Clock, Limits } from '@cometpad/shared'
import { DOCTOR_SOCKET_PATH } from '@cometpad/shared/doctor'
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest } from 'fastify'
import { isLoopback } from './config.ts'
import type { Config } from './config.ts'
import { DocumentContent } from './content/document-content.ts'
import { startControlServer } from './control/control-server.ts'
import { trailOf } from './control/trail.ts'
import { AccessBook } from './core/access-book.ts'
import { OPERATOR } from './core/ports.ts'
import type { AccessPort, Grant, Log, Report, StoreStatus } from './core/ports.ts'
import { Rooms } from './core/rooms.ts'
import { Turns } from './core/turns.ts'
import { registerAdmission } from './http/admission.ts'
import { byToken, openToAll } from './http/access/authorizer.ts'
import type { Authorizer } from './http/access/authorizer.ts'
import { commentsOf, isLinkSubject } from './http/access/grants.ts'
import { Passwords } from './http/access/passwords.ts'
import { tokenVerifier, verifierBy } from './http/access/token-verifier.ts'
import type { ReadToken } from './http/access/token-verifier.ts'
import { registerCors } from './http/cors.ts'
import { registerErrorHandler } from './http/error-handler.ts'
import { hasTls, newApp } from './http/new-app.ts'
import { originPolicy } from './http/origin.ts'
import type { OriginPolicy } from './http/origin.ts'
import { registerAccessRoutes } from './http/routes/access.ts'
import { registerContentRoutes } from './http/routes/content.ts'
import { registerDocumentRoutes } from './http/routes/documents.ts'
import { registerDoctorRoutes } from './http/routes/doctor.ts'
import { registerHealthRoutes } from './http/routes/health.ts'
import { registerLinkRoutes } from './http/routes/links.ts'
import { registerSecurityHeaders, securityHeaders } from './http/security-headers.ts'
import type { SetSecurityHeaders } from './http/security-headers.ts'
import { registerSlowBodies } from './http/slow-bodies.ts'
import { builtApp, registerStaticApp } from './http/static-app.ts'
import { watchTls } from './http/tls.ts'
import type { TlsServer } from './http/tls.ts'
import { registerValidation } from './http/validation.ts'
import { openLevelLog } from './storage/index.ts'
import { systemClock } from './system-clock.ts'
import { registerDocumentsOverHttp } from './transports/documents-http.ts'
import { registerWebSocket } from './transports/websocket.ts'

export interface Server {
  /** Begins to listen. Rejects with ADDRESS_UNAVAILABLE. */
  listen(): Promise<{ readonly url: string }>
  /** Asks everybody to come back later, commits what is under way, and closes all. Idempotent. */
  close(): Promise<void>
  readonly fastify: FastifyInstance
  readonly rooms: Rooms
}

export interface ServerOptions {
  /** Where the log goes. Default: lines of JSON on standard error, at the level of the configuration. */
  readonly logger?: FastifyBaseLogger
  /** Asked whose a token is, in the place of keys; then `auth` of the configuration is "token", whatever it says. */
  readonly readToken?: ReadToken
  /** Time for rooms and connections; the store and HTTP itself have that of the system. Default: the system's. */
  readonly clock?: Clock
}

/** Opens the store and builds the server. Rejects with TLS_UNUSABLE, DATA_UNUSABLE, DATA_LOCKED or DATA_DAMAGED. */
export async function createServer(config: Config, options: ServerOptions = {}): Promise<Server> {
  const origins = originPolicy(config.origins)
  const limits: Limits = { ...defaults, ...config.limits }
  const clock = options.clock ?? systemClock
  const setSecurityHeaders = securityHeaders({ ancestors: config.origins, hasTls: hasTls(config) })
  const app = newApp(config, { origins, setSecurityHeaders, limits, logger: options.logger })
  const report = reportTo(app.log)
  const store = await openLevelLog({
    folder: config.data,
    acceptLoss: config.acceptLoss,
    allowNetworkFolder: config.allowNetworkFolder,
    report,
    limits,
  })
  const access = new AccessBook({ store: store.access, limits, now: Date.now })
  const authorizer = authorizerOf(config, { access, clock, limits, readToken: options.readToken })
  const rooms = new Rooms({
    log: store.log,
    compute: store.compute,
    authorizer,
    clock,
    report,
    limits,
    random: Math.random,
    deleted: (documentId) => access.forget(documentId),
    quarantine: store.quarantine,
  })
  const content = new DocumentContent({ log: store.log, rooms, limits })
  const control = await startControlServer({
    folder: config.data,
    maxBytes: limits.controlBytes,
    failed: (what, cause) => report.failed(what, '', cause),
    server: {
      backup: store.backup,
      compact: store.compact,
      list: (after) => store.log.list({ after, limit: limits.listPage }),
      trail: (documentId) => trailOf(store, documentId),
      resetRights: (documentId, owner) => access.reset(documentId, owner, OPERATOR),
      quarantined: () => store.quarantine.list(),
      quarantinedBytes: (id) => store.quarantine.read(id),
      dropQuarantined: (choice) => store.quarantine.drop(choice),
      replace: async (documentId, history) => {
        const head = await rooms.replace(documentId, await store.prepareReplacement(documentId, history))
        // It has happened, whether it can be written down or not.
        await access
          .noteReplacement(documentId, OPERATOR)
          .catch((cause: unknown) => report.failed('write the trail', documentId, cause))
        return head
      },
    },
  }).catch(async (cause: unknown) => {
    await store.close()
    throw new CometpadError('DATA_UNUSABLE', { detail: `${config.data}: ${reason(cause)}.`, cause })
  })
  let isDraining = false
  let closing: Promise<void> | undefined
  let endTlsWatch = (): void => {}
  async function close(): Promise<void> {
    isDraining = true
    endTlsWatch()
    await control.close()
    await content.close()
    await rooms.drain()
    await app.close()
    await store.close()
  }

  try {
    await build(app, {
      origins,
      setSecurityHeaders,
      log: store.log,
      storeStatus: store.status,
      rooms,
      content,
      access: authorizer === openToAll ? undefined : access,
      authorizer,
      clock,
      limits,
      isDraining: () => isDraining,
    })
  } catch (cause) {
    // Who catches this may try again, and the folder has to be free then.
    await control.close()
    await store.close()
    throw cause
  }

  return {
    fastify: app,
    rooms,
    async listen() {
      try {
        await app.listen({ port: config.port, host: config.host })
      } catch (cause) {
        await (closing ??= close())
        const where = `${config.host}:${config.port}`
        throw new CometpadError('ADDRESS_UNAVAILABLE', { detail: `${where} (${reason(cause)}).`, cause })
      }
      const address = app.server.address()
      const port = typeof address === 'object' && address !== null ? address.port : config.port
      if (hasTls(config)) endTlsWatch = renewTls(app, config, limits)
      else if (!isLoopback(config.host)) app.log.warn(NO_TLS)
      return { url: `${hasTls(config) ? 'https' : 'http'}://${reachable(config.host)}:${port}/` }
    },
    close: () => (closing ??= close()),
  }
}

const NO_TLS =
  'Without TLS browsers of other machines keep parts of the page switched off, such as the clipboard, and anybody on the way can read along. ' +
  'Give --tls-cert and --tls-key, or put a proxy with TLS in front.'

/** Takes a renewed certificate as soon as it is there. Gives what ends that. */
function renewTls(
  app: FastifyInstance,
  { tlsCert: cert, tlsKey: key }: Config,
  { tlsWatchMs }: Limits,
): () => void {
  return watchTls(
    app.server as unknown as TlsServer,
    { cert, key },
    {
      everyMs: tlsWatchMs,
      renewed: () => app.log.info('The renewed certificate for TLS is in use.'),
      refused: ({ message }) => app.log.warn(`The old certificate for TLS stays in use. ${message}`),
    },
  )
}

interface Parts {
  readonly origins: OriginPolicy
  readonly setSecurityHeaders: SetSecurityHeaders
  readonly log: Log
  readonly storeStatus: () => StoreStatus
  readonly rooms: Rooms
  readonly content: DocumentContent
  /** Undefined: everybody may do everything. */
  readonly access: AccessPort | undefined
  readonly authorizer: Authorizer
  readonly clock: Clock
  readonly limits: Limits
  readonly isDraining: () => boolean
}

async function build(
  app: FastifyInstance,
  {
    origins,
    setSecurityHeaders,
    log,
    storeStatus,
    rooms,
    content,
    access,
    authorizer,
    clock,
    limits,
    isDraining,
  }: Parts,
): Promise<void> {
  app.addHook('onResponse', async (request, { statusCode: status, elapsedTime }) => {
    request.log.debug({ ...withoutSecrets(request), status, ms: Math.round(elapsedTime) }, 'request')
  })
  registerSlowBodies(app, { clock: systemClock, limits })
  registerSecurityHeaders(app, setSecurityHeaders)
  registerErrorHandler(app)
  registerValidation(app)
  app.addHook('onRequest', async (request) => {
    if (!origins.allows(request)) throw new CometpadError('ORIGIN_NOT_ALLOWED')
  })
  await registerCors(app, origins, limits)
  const admissions = await registerAdmission(app, limits)
  const authorize: Authorizer['authorize'] = async (request, documentId) => {
    const grant = await authorizer.authorize(request, documentId)
    if (authorizer !== openToAll) admissions.countFor(request, countedAs(request, grant))
    return grant
  }
  // With tokens it is the person, from wherever; without them nobody can be told from anybody else at an address.
  const sourceOf = (request: FastifyRequest, grant: Grant): string =>
    grant.isEverybody === true ? request.ip : countedAs(request, grant)
  await registerWebSocket(app, {
    rooms,
    clock,
    limits,
    authorize,
    sourceOf,
    otherRoutes: [DOCTOR_SOCKET_PATH],
  })
  await registerDoctorRoutes(app, {
    clock,
    limits,
    isListed: (origin) => origins.isListed(origin),
  })
  await registerDocumentsOverHttp(app, {
    log,
    rooms,
    remove: (documentId, by) => removeWhole(rooms, documentId, by),
    clock,
    limits,
    authorize,
    sourceOf,
    random: Math.random,
    today: Date.now,
  })
  const counted: Authorizer = { ...authorizer, authorize }
  registerDocumentRoutes(app, { log, rooms, authorizer: counted, sourceOf, limits })
  await registerContentRoutes(app, { content, authorizer: counted, sourceOf, limits })
  registerAccessRoutes(app, { access, authorizer: counted, limits })
  const { waitingPasswords: each, waitingPasswordsInAll: all } = limits
  const passwords = new Passwords(limits, Date.now, new Turns({ each, all }))
  registerLinkRoutes(app, { access, authorizer: counted, passwords, limits, now: Date.now })
  registerHealthRoutes(app, { log, storeStatus, isDraining })
  await registerStaticApp(app, builtApp)
  await app.ready()
}

/** Comments first: those of a document that is gone would show up again in the next one of its name. */
async function removeWhole(rooms: Rooms, documentId: string, by: string): Promise<void> {
  await rooms.delete(commentsOf(documentId), by).catch((cause: unknown) => {
    if (!(cause instanceof CometpadError && cause.code === 'DOCUMENT_NOT_FOUND')) throw cause
  })
  await rooms.delete(documentId, by)
}

/** Everybody who has a link has the same subject, and is not to be kept out by the others. */
function countedAs({ ip }: FastifyRequest, { subject }: Grant): string {
  return isLinkSubject(subject) ? `${subject} ${ip}` : subject
}

function authorizerOf(
  config: Config,
  {
    access,
    clock,
    limits,
    readToken,
  }: { access: AccessPort; clock: Clock; limits: Limits; readToken: ReadToken | undefined },
): Authorizer {
  const { auth, tokenSecret, jwksUrl, tokenIssuer, tokenAudience } = config
  if (auth === 'open' && readToken === undefined) return openToAll
  const keys = tokenSecret === '' ? { jwksUrl } : { secret: tokenSecret }
  const verify =
    readToken === undefined
      ? tokenVerifier({ keys, issuer: tokenIssuer, audience: tokenAudience, now: Date.now, limits })
      : verifierBy(readToken, { now: Date.now, limits })
  const onClock = (time: number): number => clock.now() + time - Date.now()
  return byToken({ verify, access, onClock, now: Date.now })
}

/** What of a request is logged: never its query, in which a plain client carries its token, nor its headers. */
function withoutSecrets({ method, url, ip: address }: FastifyRequest): Record<string, unknown> {
  return { method, path: url.split('?', 1)[0], address }
}

/** As it stands in a URL that can be opened on this machine. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}

function reportTo(logger: FastifyBaseLogger): Report {
  return {
    refused: (code, documentId) => logger.warn({ code, documentId }, 'refused'),
    failed: (what, documentId, cause) => logger.error({ documentId, err: cause }, `${what} failed`),
    noticed: (what) => logger.warn(what),
  }
}

function reason(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown reason'
}
