/**
 * Share links of a document: `/v1/links/{documentId}` for its owners, who make, list and revoke them, and `/v1/visits/{documentId}` for
 * whoever comes with one. The secret of a link is told once, when it is made.
 */
import { CometpadError, roles, tokenOfShare } from '@cometpad/shared'
import type { Limits } from '@cometpad/shared'
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { Static } from 'typebox'
import { isExpired } from '../../core/ports.ts'
import type { AccessPort, ShareLink } from '../../core/ports.ts'
import type { Authorizer } from '../access/authorizer.ts'
import { checkGrant, demand } from '../access/demand.ts'
import { linkSubject, placeOf } from '../access/grants.ts'
import { checkSecret, drawLink, readLinkToken, writeLinkToken } from '../access/link-secrets.ts'
import type { Passwords } from '../access/passwords.ts'
import { governedBy, guarded } from './access.ts'
import { documentIdOf } from './document-id.ts'

const Time = Type.String({ format: 'date-time' })
const Link = Type.Object({
  linkId: Type.String(),
  role: Type.String(),
  hasPassword: Type.Boolean(),
  expiresAt: Type.Union([Time, Type.Null()]),
  createdBy: Type.String(),
  createdAt: Time,
})
const newLink = ({ passwordLength }: Limits) =>
  Type.Object(
    {
      role: Type.Union(roles.map((role) => Type.Literal(role))),
      expiresAt: Type.Optional(
        Type.String({ format: 'date-time', description: 'Default: until it is revoked.' }),
      ),
      password: Type.Optional(Type.String({ minLength: 1, maxLength: passwordLength })),
    },
    { additionalProperties: false },
  )
const MadeLink = Type.Object({
  ...Link.properties,
  path: Type.String({ description: 'What follows the address of the server. It is told only now.' }),
})
const Revocation = Type.Object({ link: Type.String() }, { additionalProperties: false })
const visit = ({ passwordLength, tokenLength }: Limits) =>
  Type.Object(
    {
      share: Type.String({
        maxLength: tokenLength,
        description: 'What stands behind "?share=" in the link.',
      }),
      password: Type.Optional(Type.String({ maxLength: passwordLength })),
    },
    { additionalProperties: false },
  )
const Welcome = Type.Object({
  token: Type.String({ description: 'For everything else, in the place of a signed token.' }),
  role: Type.String(),
})

export interface LinkRoutesOptions {
  /** Undefined: everybody may do everything. */
  readonly access: AccessPort | undefined
  readonly authorizer: Authorizer
  readonly passwords: Passwords
  readonly limits: Limits
  /** Milliseconds since 1970, UTC. */
  readonly now: () => number
}

export function registerLinkRoutes(
  app: FastifyInstance,
  { access, authorizer, passwords, limits, now }: LinkRoutesOptions,
): void {
  app.get(
    '/v1/links/*',
    { schema: { response: { 200: Type.Object({ links: Type.Array(Link) }) } } },
    async (request) => {
      const book = guarded(access)
      const documentId = governedBy(request)
      await demand(authorizer, request, documentId, 'owner')
      const { links } = await book.sheetOf(documentId)
      const working = [...links.values()].filter((link) => !isExpired(link, now()))
      return { links: working.map(shown) }
    },
  )

  app.post<{ Body: Static<ReturnType<typeof newLink>> }>(
    '/v1/links/*',
    { schema: { body: newLink(limits), response: { 201: MadeLink } } },
    async (request, reply) => {
      const book = guarded(access)
      const documentId = governedBy(request)
      const grant = await demand(authorizer, request, documentId, 'owner')
      const { role, expiresAt, password } = request.body
      const { linkId, secret, secretHash } = drawLink()
      const link: ShareLink = {
        linkId,
        role,
        secretHash,
        ...(password === undefined ? {} : { password: await passwords.keep(password, request.ip) }),
        ...(expiresAt === undefined ? {} : { expiresAt: timeIn(expiresAt, now()) }),
        createdBy: grant.subject,
        createdAt: now(),
      }
      await book.addLink(documentId, link, () => checkGrant(grant, 'owner'))
      const path = `/d/${documentId}?share=${linkId}~${secret}`
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({ ...shown(link), path })
    },
  )

  app.delete<{ Querystring: Static<typeof Revocation> }>(
    '/v1/links/*',
    { schema: { querystring: Revocation } },
    async (request, reply) => {
      const book = guarded(access)
      const documentId = governedBy(request)
      const grant = await demand(authorizer, request, documentId, 'owner')
      const { subject } = grant
      if (subject === linkSubject(request.query.link))
        throw new CometpadError('INVALID_REQUEST', {
          detail: 'No link revokes itself: else a document could be left without an owner.',
        })
      await book.removeLink(documentId, request.query.link, subject, () => checkGrant(grant, 'owner'))
      return reply.code(204).send()
    },
  )

  // Nobody who comes here has a token yet: what they bring is looked at in the document itself.
  app.post<{ Body: Static<ReturnType<typeof visit>> }>(
    '/v1/visits/*',
    { schema: { body: visit(limits), response: { 200: Welcome } } },
    async (request, reply) => {
      const book = guarded(access)
      const { share, password } = request.body
      const brought = readLinkToken(tokenOfShare(share))
      if (brought === undefined) throw new CometpadError('LINK_INVALID')
      const { links } = await book.sheetOf(placeOf(documentIdOf(request)).governing)
      const link = checkSecret(links.get(brought.linkId), brought.secret, now())
      const { linkId, secret } = brought
      if (link.password !== undefined && password === undefined) throw new CometpadError('PASSWORD_REQUIRED')
      const proof =
        link.password === undefined
          ? undefined
          : await passwords.prove(link, password ?? '', link.password, request.ip)
      const token = writeLinkToken({ linkId, secret, proof })
      return reply.header('cache-control', 'no-store').send({ token, role: link.role })
    },
  )
}

function shown({ linkId, role, password, expiresAt, createdBy, createdAt }: ShareLink): Static<typeof Link> {
  return {
    linkId,
    role,
    hasPassword: password !== undefined,
    expiresAt: expiresAt === undefined ? null : new Date(expiresAt).toISOString(),
    createdBy,
    createdAt: new Date(createdAt).toISOString(),
  }
}

/** Throws INVALID_REQUEST. */
function timeIn(text: string, now: number): number {
  const time = Date.parse(text)
  if (!(time > now))
    throw new CometpadError('INVALID_REQUEST', { detail: 'A link expires in the future, or never.' })
  return time
}
