/**
 * Who may do what: turns what a request or a fresh token says into a caller, and a caller and a document into a grant.
 * The one place that decides; transports and routes ask it before any work. Knows neither.
 */
import { CometpadError, allows } from '@cometpad/shared'
import type { Role } from '@cometpad/shared'
import type { FastifyRequest } from 'fastify'
import type { Authorizer as RenewalPort, Grant } from '../../core/ports.ts'
import { tokenOf } from './credentials.ts'
import type { Claims, VerifyToken } from './token-verifier.ts'

/** Somebody whose credentials were checked. */
export interface Caller {
  /** Throws FORBIDDEN, which a document that does not exist gives as well. */
  grant(documentId: string): Grant
}

export interface Authorizer extends RenewalPort {
  /** Rejects with UNAUTHORIZED or KEYS_UNAVAILABLE. */
  identify(request: FastifyRequest): Promise<Caller>
  /** The rights of a request in one document. Rejects with FORBIDDEN as well. */
  authorize(request: FastifyRequest, documentId: string): Promise<Grant>
}

const anybody: Caller = { grant: () => ({ subject: 'anonymous', role: 'editor', mayDelete: true }) }

/** Everybody who has the address of a document edits it, and may delete it: nobody owns one. */
export const openToAll: Authorizer = {
  identify: async () => anybody,
  authorize: async (_request, documentId) => anybody.grant(documentId),
  renew: async (_token, documentId) => anybody.grant(documentId),
}

/** @param onClock what the clock of the core will show at a time of the calendar (milliseconds since 1970, UTC) */
export function byToken(verify: VerifyToken, onClock: (time: number) => number): Authorizer {
  const callerWith = async (token: string): Promise<Caller> => {
    const claims = await verify(token)
    return { grant: (documentId) => grantOf(claims, documentId, onClock) }
  }
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

function grantOf(claims: Claims, documentId: string, onClock: (time: number) => number): Grant {
  const { subject, name, color, expiresAt } = claims
  const role = roleIn(claims, documentId)
  return {
    subject,
    role,
    mayDelete: allows(role, 'owner'),
    endsAt: onClock(expiresAt),
    ...(name === undefined ? {} : { name }),
    ...(color === undefined ? {} : { color }),
  }
}

/** Comments of a document live in a document of their own, in which a commenter may write. */
const COMMENTS = '/comments'

function roleIn({ documents, role }: Claims, documentId: string): Role {
  const parent = documentId.endsWith(COMMENTS) ? documentId.slice(0, -COMMENTS.length) : ''
  const isCovered = covers(documents, documentId) || (parent !== '' && covers(documents, parent))
  if (!isCovered) throw new CometpadError('FORBIDDEN')
  return parent !== '' && allows(role, 'commenter') && !allows(role, 'editor') ? 'editor' : role
}

/** An id is itself and nothing else; `team/*` is what begins with `team/`, and `*` is everything. */
function covers(pattern: string, documentId: string): boolean {
  return pattern.endsWith('*') ? documentId.startsWith(pattern.slice(0, -1)) : pattern === documentId
}
