/**
 * Who may do what: turns what a request or a fresh token says into a caller, and a caller and a document into a grant.
 * The one place that decides; transports and routes ask it before any work. Knows neither.
 */
import { CometpadError } from '@cometpad/shared'
import type { FastifyRequest } from 'fastify'
import type { AccessPort, Authorizer as RenewalPort, Grant } from '../../core/ports.ts'
import { tokenOf } from './credentials.ts'
import { LinkGrant, TokenGrant, commentsOf, placeOf } from './grants.ts'
import type { Place } from './grants.ts'
import { checkProof, checkSecret, isLinkToken, readLinkToken } from './link-secrets.ts'
import type { VerifyToken } from './token-verifier.ts'

/** Documents by their ids, or by how these begin. */
export type Listed = { readonly ids: readonly string[] } | { readonly start: string }

/** Somebody whose credentials were checked, or can be only where they want to be let in. */
export interface Caller {
  /** What can be in a list for them; undefined: no list is for them. */
  readonly lists: Listed | undefined
  /** Rejects with FORBIDDEN, LINK_INVALID or PASSWORD_REQUIRED; the first two a document that does not exist gives as well. */
  grant(documentId: string): Promise<Grant>
}

export interface Authorizer extends RenewalPort {
  /** Rejects with UNAUTHORIZED or KEYS_UNAVAILABLE. */
  identify(request: FastifyRequest): Promise<Caller>
  /** The rights of a request in one document. Rejects with what a caller's `grant` rejects as well. */
  authorize(request: FastifyRequest, documentId: string): Promise<Grant>
}

const anybody: Caller = {
  lists: { start: '' },
  grant: async () => ({ subject: 'anonymous', isEverybody: true, role: 'editor', mayDelete: true }),
}

/** Everybody who has the address of a document edits it, and may delete it: nobody owns one. */
export const openToAll: Authorizer = {
  identify: async () => anybody,
  authorize: (_request, documentId) => anybody.grant(documentId),
  renew: (_token, documentId) => anybody.grant(documentId),
}

export interface ByTokenOptions {
  readonly verify: VerifyToken
  readonly access: Pick<AccessPort, 'sheetOf'>
  /** What the clock of the core will show at a time of the calendar (milliseconds since 1970, UTC). */
  readonly onClock: (time: number) => number
  /** Milliseconds since 1970, UTC. */
  readonly now: () => number
}

/** By signed tokens, and by share links, whose tokens only the document knows. */
export function byToken(options: ByTokenOptions): Authorizer {
  const callerWith = (token: string): Promise<Caller> =>
    isLinkToken(token) ? linkCaller(token, options) : tokenCaller(token, options)
  const identify = async (request: FastifyRequest): Promise<Caller> => {
    const token = tokenOf(request)
    if (token === undefined)
      throw new CometpadError('UNAUTHORIZED', { detail: 'The request carries no token.' })
    return callerWith(token)
  }
  return {
    identify,
    authorize: async (request, documentId) => (await identify(request)).grant(documentId),
    renew: async (token, documentId) => (await callerWith(token)).grant(documentId),
  }
}

async function tokenCaller(token: string, { verify, access, onClock }: ByTokenOptions): Promise<Caller> {
  const claims = await verify(token)
  return {
    lists: listedBy(claims.documents),
    grant: async (documentId) => {
      const place = placeOf(documentId)
      if (!isNamed(claims.documents, documentId, place)) throw new CometpadError('FORBIDDEN')
      const sheet = await access.sheetOf(place.governing)
      return standing(new TokenGrant(claims, { place, sheet, endsAt: onClock(claims.expiresAt) }))
    },
  }
}

async function linkCaller(token: string, { access, now }: ByTokenOptions): Promise<Caller> {
  const link = readLinkToken(token)
  if (link === undefined) throw new CometpadError('LINK_INVALID')
  return {
    // Whether there is such a link is known only where it leads to.
    lists: undefined,
    grant: async (documentId) => {
      const place = placeOf(documentId)
      const sheet = await access.sheetOf(place.governing)
      checkProof(checkSecret(sheet.links.get(link.linkId), link.secret, now()), link.proof)
      return standing(new LinkGrant(link.linkId, { place, sheet, now }))
    },
  }
}

/** Throws why the grant is worth nothing. */
function standing(grant: Grant): Grant {
  if (grant.ended !== undefined) throw new CometpadError(grant.ended)
  return grant
}

function isNamed(pattern: string, documentId: string, { governing }: Place): boolean {
  return covers(pattern, documentId) || covers(pattern, governing)
}

function listedBy(pattern: string): Listed {
  return pattern.endsWith('*') ? { start: pattern.slice(0, -1) } : { ids: [pattern, commentsOf(pattern)] }
}

/** An id is itself and nothing else; `team/*` is what begins with `team/`, and `*` is everything. */
function covers(pattern: string, documentId: string): boolean {
  return pattern.endsWith('*') ? documentId.startsWith(pattern.slice(0, -1)) : pattern === documentId
}
