/** That a request may do what its route does, before anything of a document is looked up. */
import { CometpadError, allows } from '@cometpad/shared'
import type { Role } from '@cometpad/shared'
import type { FastifyRequest } from 'fastify'
import type { Grant } from '../../core/ports.ts'
import type { Authorizer } from './authorizer.ts'

/** Rejects with UNAUTHORIZED, KEYS_UNAVAILABLE or FORBIDDEN. */
export async function demand(
  authorizer: Authorizer,
  request: FastifyRequest,
  documentId: string,
  needed: Role,
): Promise<Grant> {
  const grant = await authorizer.authorize(request, documentId)
  if (!allows(grant.role, needed)) throw new CometpadError('FORBIDDEN')
  return grant
}
