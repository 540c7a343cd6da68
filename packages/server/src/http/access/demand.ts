/** That a request may do what its route does, before anything of a document is looked up. */
import { CometpadError, allows } from '@cometpad/shared'
import type { Role } from '@cometpad/shared'
import type { FastifyRequest } from 'fastify'
import type { Grant } from '../../core/ports.ts'
import type { Authorizer } from './authorizer.ts'

/** Rejects with UNAUTHORIZED, KEYS_UNAVAILABLE, FORBIDDEN, LINK_INVALID or PASSWORD_REQUIRED. */
export async function demand(
  authorizer: Authorizer,
  request: FastifyRequest,
  documentId: string,
  needed: Role,
): Promise<Grant> {
  const grant = await authorizer.authorize(request, documentId)
  checkGrant(grant, needed)
  return grant
}

/** Throws why a grant does not, or not any more, allow what it has to. */
export function checkGrant({ ended, role }: Grant, needed: Role): void {
  if (ended !== undefined) throw new CometpadError(ended)
  if (!allows(role, needed)) throw new CometpadError('FORBIDDEN')
}
