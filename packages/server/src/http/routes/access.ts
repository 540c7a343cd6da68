/**
 * Who may do what in a document, beside what their tokens say: `/v1/access/{documentId}`, for its owners. Changes are true at once,
 * also for whoever is in it. `/v1/trail/{documentId}` says who has changed what.
 */
import { CometpadError, roles } from '@cometpad/shared'
import type { Limits } from '@cometpad/shared'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Static } from 'typebox'
import type { AccessPort, AccessSheet } from '../../core/ports.ts'
import type { Authorizer } from '../access/authorizer.ts'
import { checkGrant, demand } from '../access/demand.ts'
import { isLinkSubject, placeOf } from '../access/grants.ts'
import { documentIdOf } from './document-id.ts'

const SaidRole = Type.Union([...roles.map((role) => Type.Literal(role)), Type.Literal('none')])
const People = Type.Object({
  people: Type.Array(
    Type.Object({
      subject: Type.String(),
      role: Type.String(),
      changedBy: Type.String(),
      changedAt: Type.String({ format: 'date-time' }),
    }),
  ),
})
const Trail = Type.Object({
  trail: Type.Array(
    Type.Object({
      at: Type.String({ format: 'date-time' }),
      by: Type.String(),
      what: Type.String(),
      about: Type.Optional(Type.String()),
      role: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    }),
    { description: 'The newest last.' },
  ),
})
const change = ({ subjectLength }: Limits) =>
  Type.Object(
    {
      subject: Type.String({
        minLength: 1,
        maxLength: subjectLength,
        description: 'As the claim "sub" of their tokens has it.',
      }),
      role: Type.Union([SaidRole, Type.Null()], {
        description: '"none": nothing at all; null: what their token says.',
      }),
    },
    { additionalProperties: false },
  )

export interface AccessRoutesOptions {
  /** Undefined: everybody may do everything. */
  readonly access: AccessPort | undefined
  readonly authorizer: Authorizer
  readonly limits: Limits
}

export function registerAccessRoutes(
  app: FastifyInstance,
  { access, authorizer, limits }: AccessRoutesOptions,
): void {
  app.get('/v1/access/*', { schema: { response: { 200: People } } }, async (request) => {
    const book = guarded(access)
    const documentId = governedBy(request)
    await demand(authorizer, request, documentId, 'owner')
    return shown(await book.sheetOf(documentId))
  })

  app.get('/v1/trail/*', { schema: { response: { 200: Trail } } }, async (request) => {
    const book = guarded(access)
    const documentId = governedBy(request)
    await demand(authorizer, request, documentId, 'owner')
    const { trail } = await book.sheetOf(documentId)
    return { trail: trail.map(({ at, ...entry }) => ({ at: new Date(at).toISOString(), ...entry })) }
  })

  app.put<{ Body: Static<ReturnType<typeof change>> }>(
    '/v1/access/*',
    { schema: { body: change(limits), response: { 200: People } } },
    async (request) => {
      const book = guarded(access)
      const documentId = governedBy(request)
      const grant = await demand(authorizer, request, documentId, 'owner')
      const { subject: by } = grant
      const { subject, role } = request.body
      // A link is no person: nobody could be told who has said it, and it is revoked as a link.
      if (isLinkSubject(by)) throw new CometpadError('FORBIDDEN')
      if (isLinkSubject(subject))
        throw new CometpadError('INVALID_REQUEST', {
          detail: 'A link is revoked, and has no role of its own.',
        })
      if (subject === by)
        throw new CometpadError('INVALID_REQUEST', {
          detail: 'Nobody changes their own rights: else a document could be left without an owner.',
        })
      await book.setRole(documentId, subject, role, by, () => checkGrant(grant, 'owner'))
      return shown(await book.sheetOf(documentId))
    },
  )
}

/** The document that a request is about. Throws INVALID_REQUEST where rights are those of another one. */
export function governedBy(request: FastifyRequest): string {
  const documentId = documentIdOf(request)
  const { governing, isComments } = placeOf(documentId)
  if (isComments)
    throw new CometpadError('INVALID_REQUEST', { detail: `Rights in comments are those in ${governing}.` })
  return documentId
}

/** Throws ACCESS_IS_OPEN. */
export function guarded(access: AccessPort | undefined): AccessPort {
  if (access === undefined) throw new CometpadError('ACCESS_IS_OPEN')
  return access
}

function shown({ people }: AccessSheet): Static<typeof People> {
  return {
    people: Array.from(people.values(), ({ changedAt, ...person }) => ({
      ...person,
      changedAt: new Date(changedAt).toISOString(),
    })),
  }
}
