/**
 * Which pages may use this server: those it serves itself, and exactly those that are listed. Checked on every request,
 * the WebSocket upgrade included, before any work. Programs that are no browser send no origin and are not meant.
 */
import type { FastifyRequest } from 'fastify'

export interface OriginPolicy {
  /** May whoever sends this use the server? */
  allows(request: FastifyRequest): boolean
  /** May pages of this other site use the server? */
  isListed(origin: string | undefined): origin is string
}

export function originPolicy(listed: readonly string[]): OriginPolicy {
  const origins = new Set(listed)
  const isListed = (origin: string | undefined): origin is string =>
    origin !== undefined && origins.has(origin)
  return {
    isListed,
    allows(request) {
      const { origin } = request.headers
      return origin === undefined || isListed(origin) || isOwn(request, origin)
    },
  }
}

/**
 * A page that this server has served. A proxy that ends TLS changes the scheme, so only hosts are compared; one that
 * changes the host too is seen through where the browser itself says that the request stays within one site: no page can
 * set this header.
 */
function isOwn({ headers, host }: FastifyRequest, origin: string): boolean {
  if (!/^https?:\/\//.test(origin) || !URL.canParse(origin)) return false
  if (headers['sec-fetch-site'] === 'same-origin') return true
  const page = new URL(origin)
  // Some proxies write the port also where it is the usual one.
  const own = `${page.protocol}//${host}`
  return page.origin === origin && URL.canParse(own) && new URL(own).origin === origin
}
