/** The document that a route is about: its id is the rest of the path, slashes included. */
import { checkDocumentId } from '@cometpad/shared'
import type { FastifyRequest } from 'fastify'

/** Throws INVALID_DOCUMENT_ID. */
export function documentIdOf(request: FastifyRequest): string {
  const { '*': documentId } = request.params as { '*': string }
  return checkDocumentId(documentId)
}
