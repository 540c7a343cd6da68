/**
 * Every error of an HTTP request as `{error: {code, message}}` of the one table, or as a page for a person. Says nothing of what broke inside: that
 * is for the log.
 */
import type { Socket } from 'node:net'
import { CometpadError, errorTable, limits } from '@cometpad/shared'
import type { ErrorCode } from '@cometpad/shared'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { setCorsHeaders, setRefusalHeaders } from './cors.ts'
import type { OriginPolicy } from './origin.ts'
import { asksForPage, errorPage } from './error-page.ts'
import type { SetSecurityHeaders } from './security-headers.ts'

/** Before any route is registered: it watches which there are. */
export function registerErrorHandler(app: FastifyInstance): void {
  const routes: { readonly methods: readonly string[]; readonly url: string }[] = []
  app.addHook('onRoute', ({ method, url }) => {
    // The route that answers preflights is everywhere, and says nothing of what else is there.
    if (method !== 'OPTIONS') routes.push({ methods: [method].flat(), url })
  })
  app.setErrorHandler((error: unknown, request, reply) => {
    const known = knownOf(error)
    if (isFault(known.code)) request.log.error({ err: error }, 'a request failed')
    return answer(reply, known)
  })
  app.setNotFoundHandler((request, reply) => {
    const [path = ''] = request.url.split('?', 1)
    const methods = routes.filter(({ url }) => leadsTo(url, path)).flatMap((route) => route.methods)
    if (methods.length === 0) return answer(reply, new CometpadError('NOT_FOUND'))
    void reply.header('allow', Array.from(new Set(methods)).join(', '))
    return answer(reply, new CometpadError('METHOD_NOT_ALLOWED'))
  })
}

/** For requests that Fastify refuses before any of its hooks run. */
export function frameworkErrors(
  origins: OriginPolicy,
  setSecurityHeaders: SetSecurityHeaders,
): (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => void {
  return (error, request, reply) => {
    setSecurityHeaders(reply)
    const { socket, headers } = request.raw
    if (origins.isListed(headers.origin)) setCorsHeaders(reply, headers.origin)
    // One that asked to become a WebSocket has nobody else to close it.
    reply.raw.on('finish', () => socket.destroySoon())
    const known = origins.allows(request) ? translated(error) : new CometpadError('ORIGIN_NOT_ALLOWED')
    void answer(reply.header('connection', 'close'), known)
  }
}

/** For bytes that are no HTTP request at all. */
export function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const body = bodyOf(new CometpadError('INVALID_REQUEST', { detail: 'This cannot be read as HTTP/1.1.' }))
  socket.end(
    'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\n' +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}

function answer(reply: FastifyReply, error: CometpadError): FastifyReply {
  const { status } = errorTable[error.code]
  if (status === 429 || status === 503) void reply.header('retry-after', secondsUntil(error))
  if (error.code === 'ORIGIN_NOT_ALLOWED') setRefusalHeaders(reply)
  void reply.code(status).header('cache-control', 'no-store')
  if (asksForPage(reply.request))
    return reply.type('text/html; charset=utf-8').send(errorPage(error.code, sentenceOf(error)))
  return reply.type('application/json; charset=utf-8').send(bodyOf(error))
}

/** Nobody is sent away for longer than our own clients would obey. */
function secondsUntil({ retryAfterMs = 0 }: CometpadError): string {
  return String(Math.ceil(Math.min(Math.max(retryAfterMs, 1), limits.retryAfterMs) / 1_000))
}

function bodyOf(error: CometpadError): string {
  return JSON.stringify({ error: { code: error.code, message: sentenceOf(error) } })
}

/** The details of what broke here are paths, rows and the words of libraries. */
function sentenceOf({ code, message }: CometpadError): string {
  const { status, text } = errorTable[code]
  return status < 500 ? message : text
}

/** Worth a look by the operator: not what a client does wrong, nor what the load or the end of the process does. */
function isFault(code: ErrorCode): boolean {
  return errorTable[code].status >= 500 && code !== 'DRAINING' && code !== 'OVERLOADED'
}

/** Fastify's own refusals, by their status. */
const CODES: Readonly<Record<number, ErrorCode>> = {
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  413: 'MESSAGE_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'RATE_LIMITED',
  503: 'OVERLOADED',
}

/** What a client can change about the refusals that say no more than that a request is not valid. */
const DETAILS: Readonly<Record<string, string>> = {
  FST_ERR_BAD_URL: 'The address cannot be decoded.',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'The body is empty.',
  FST_ERR_CTP_INVALID_JSON_BODY: 'The body is not JSON.',
}

/** Anything may be thrown, even nothing. */
function knownOf(error: unknown): CometpadError {
  if (error instanceof CometpadError) return error
  return error instanceof Error
    ? translated(error as FastifyError)
    : new CometpadError('INTERNAL_ERROR', { cause: error })
}

function translated(error: FastifyError): CometpadError {
  const status = error.statusCode ?? 500
  const code = CODES[status] ?? (status >= 400 && status < 500 ? 'INVALID_REQUEST' : 'INTERNAL_ERROR')
  const detail = error.validation === undefined ? DETAILS[error.code] : sentence(error.message)
  return code === 'INVALID_REQUEST' && detail !== undefined
    ? new CometpadError(code, { detail, cause: error })
    : new CometpadError(code, { cause: error })
}

function sentence(text: string): string {
  return text.endsWith('.') ? text : `${text}.`
}

/** Is this the path of a route? `*` at its end stands for any rest. */
function leadsTo(url: string, path: string): boolean {
  return url.endsWith('*') ? path.startsWith(url.slice(0, -1)) : path === url
}
