/**
 * The door for `cometpad backup` and its kin in a server that runs: a port on this machine alone, and a secret that only
 * the owner of the data folder can read. Apart from the public port, so that no proxy can ever lead here.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { CometpadError, errorTable } from '@cometpad/shared'
import { writerTo } from './chunks.ts'
import { removeControlFile, writeControlFile } from './control-file.ts'
import type { Operations } from './operations.ts'
import { choiceIn, decodeHistory, decodeRequest, encodeQuarantined } from './messages.ts'
import type { BackupRequest } from '../storage/index.ts'

/** What the server can do, seen from here: as `Operations`, but it writes where it is told. */
export interface ControlledServer extends Pick<
  Operations,
  | 'list'
  | 'compact'
  | 'trail'
  | 'resetRights'
  | 'replace'
  | 'quarantined'
  | 'quarantinedBytes'
  | 'dropQuarantined'
> {
  backup(request: BackupRequest, write: (chunk: Uint8Array) => Promise<void>): Promise<unknown>
}

export interface ControlServer {
  /** Ends what is under way. Idempotent. */
  close(): Promise<void>
}

export interface ControlOptions {
  readonly folder: string
  readonly server: ControlledServer
  /** A request's body has at most so many bytes: a document, or a catalog of all. */
  readonly maxBytes: number
  readonly failed: (what: string, cause: unknown) => void
}

export async function startControlServer(options: ControlOptions): Promise<ControlServer> {
  const secret = randomBytes(32).toString('hex')
  const server = createServer((request, response) => {
    answer(options, secret, request, response).catch((cause: unknown) => {
      refuse(response, cause)
      if (!(cause instanceof CometpadError) || cause.code === 'INTERNAL_ERROR')
        options.failed(`control ${request.url}`, cause)
    })
  })
  server.requestTimeout = 0
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  // Commands come and go; the process does not stay for them.
  server.unref()
  await writeControlFile(options.folder, { port, secret })
  let closing: Promise<void> | undefined
  return { close: () => (closing ??= close()) }

  async function close(): Promise<void> {
    await removeControlFile(options.folder)
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
}

async function answer(
  { server, maxBytes }: ControlOptions,
  secret: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!isSecret(request.headers.authorization, secret)) throw new CometpadError('UNAUTHORIZED')
  const url = new URL(request.url ?? '/', 'http://127.0.0.1')
  const documentId = url.searchParams.get('document') ?? ''
  switch (`${request.method} ${url.pathname}`) {
    case 'GET /documents':
      return json(response, await server.list(url.searchParams.get('after') ?? ''))
    case 'GET /trail':
      return json(response, await server.trail(documentId))
    case 'GET /quarantine':
      return json(response, await server.quarantined())
    case 'GET /quarantine/bytes':
      response.end(encodeQuarantined(await server.quarantinedBytes(url.searchParams.get('id') ?? '')))
      return undefined
    case 'POST /quarantine/drop':
      return json(response, await server.dropQuarantined(choiceIn(url.searchParams)))
    case 'POST /compact':
      await server.compact(documentId)
      return json(response, {})
    case 'POST /rights':
      await server.resetRights(documentId, url.searchParams.get('owner') ?? '')
      return json(response, {})
    case 'POST /replace':
      return json(response, await server.replace(documentId, decodeHistory(await body(request, maxBytes))))
    case 'POST /backup':
      await server.backup(decodeRequest(await body(request, maxBytes)), writerTo(response))
      response.end()
      return undefined
    default:
      throw new CometpadError('NOT_FOUND')
  }
}

function isSecret(given: string | undefined, secret: string): boolean {
  const expected = Buffer.from(`Bearer ${secret}`)
  const actual = Buffer.from(given ?? '')
  return actual.length === expected.length && timingSafeEqual(actual, expected)
}

async function body(request: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of request) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError('Not bytes')
    bytes += chunk.length
    if (bytes > maxBytes) throw new CometpadError('MESSAGE_TOO_LARGE')
    chunks.push(chunk)
  }
  return new Uint8Array(Buffer.concat(chunks))
}

function json(response: ServerResponse, value: unknown): void {
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(value))
}

/** A backup that has begun can only be cut off; whoever reads it sees that its end is missing. */
function refuse(response: ServerResponse, cause: unknown): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const error = cause instanceof CometpadError ? cause : new CometpadError('INTERNAL_ERROR', { cause })
  response.statusCode = errorTable[error.code].status
  json(response, { error: { code: error.code, message: error.message } })
}
