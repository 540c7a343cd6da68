/**
 * The token of a request, wherever a client can put it: the header `Authorization`, the WebSocket subprotocol
 * `bearer.<base64url>` (a page can send no header with an upgrade), or `?token=` for clients that know neither.
 * Does not know whether it is worth anything.
 */
import { CometpadError } from '@cometpad/shared'
import type { FastifyRequest } from 'fastify'

const BEARER = /^Bearer +([^\s]+) *$/i
const SUBPROTOCOL = /^bearer\.([A-Za-z0-9_-]+)$/

/** Undefined without one. Throws UNAUTHORIZED when two places name different ones: nobody could tell which was meant. */
export function tokenOf(request: FastifyRequest): string | undefined {
  const found = new Set(
    [fromHeader(request), fromSubprotocol(request), fromQuery(request)].filter(
      (token) => token !== undefined,
    ),
  )
  if (found.size > 1)
    throw new CometpadError('UNAUTHORIZED', { detail: 'The request carries two different tokens.' })
  const [token] = found
  return token
}

function fromHeader({ headers: { authorization } }: FastifyRequest): string | undefined {
  return authorization === undefined ? undefined : BEARER.exec(authorization)?.[1]
}

function fromSubprotocol({ headers }: FastifyRequest): string | undefined {
  for (const offered of (headers['sec-websocket-protocol'] ?? '').split(',')) {
    const encoded = SUBPROTOCOL.exec(offered.trim())?.[1]
    if (encoded !== undefined) return Buffer.from(encoded, 'base64url').toString('utf8')
  }
  return undefined
}

function fromQuery({ url }: FastifyRequest): string | undefined {
  const [, query = ''] = /\?([^#]*)/.exec(url) ?? []
  const token = new URLSearchParams(query).get('token')
  return token === null || token === '' ? undefined : token
}
