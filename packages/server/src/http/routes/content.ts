/**
 * The content of documents as Markdown, HTML, text and JSON: `/v1/content/{documentId}`. Read with GET, replaced with PUT, added to
 * with POST. Rights and the form of the request are looked at before a body is read. Knows no format from inside.
 */
import { CometpadError } from '@cometpad/shared'
import type { Limits } from '@cometpad/shared'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Static } from 'typebox'
import type { Authorizer } from '../access/authorizer.ts'
import { checkGrant, demand } from '../access/demand.ts'
import type { Grant } from '../../core/ports.ts'
import { documentIdOf } from './document-id.ts'

/** What is answered as which type, and read from which. */
const MEDIA_TYPES = {
  markdown: 'text/markdown',
  html: 'text/html',
  text: 'text/plain',
  json: 'application/json',
} as const
type FormatName = keyof typeof MEDIA_TYPES

const ReadQuery = Type.Object(
  {
    format: Type.Optional(
      Type.Union([
        Type.Literal('markdown'),
        Type.Literal('html'),
        Type.Literal('text'),
        Type.Literal('json'),
      ]),
    ),
  },
  { additionalProperties: false },
)

interface Write {
  readonly documentId: string
  readonly grant: Grant
  /** Whose it counts as when it makes a document. */
  readonly source: string
  readonly format: FormatName
  readonly content: string
  readonly manner: 'replace' | 'append'
  readonly accepts: (tag: string | undefined) => boolean
}

export interface ContentPort {
  tag(documentId: string): Promise<string | undefined>
  read(documentId: string, format: FormatName): Promise<{ readonly text: string; readonly tag: string }>
  write(write: Write): Promise<{ readonly isNew: boolean; readonly tag: string | undefined }>
}

export interface ContentRoutesOptions {
  readonly content: ContentPort
  readonly authorizer: Authorizer
  readonly sourceOf: (request: FastifyRequest, grant: Grant) => string
  readonly limits: Pick<Limits, 'contentBytes'>
}

/** Nothing in it runs, wherever it is opened; and it is asked for anew each time. */
const CONTENT_HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
  'cache-control': 'private, no-cache, no-transform',
} as const

export async function registerContentRoutes(
  app: FastifyInstance,
  { content, authorizer, sourceOf, limits }: ContentRoutesOptions,
): Promise<void> {
  const writes = new WeakMap<FastifyRequest, Pick<Write, 'documentId' | 'grant' | 'source' | 'format'>>()

  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
    scope.addHook('onRequest', async (request) => {
      if (request.method !== 'PUT' && request.method !== 'POST') return
      const documentId = documentIdOf(request)
      const grant = await demand(authorizer, request, documentId, 'editor')
      const source = sourceOf(request, grant)
      writes.set(request, { documentId, grant, source, format: formatOf(request) })
    })

    scope.get<{ Querystring: Static<typeof ReadQuery> }>(
      '/v1/content/*',
      { schema: { querystring: ReadQuery } },
      async (request, reply) => {
        const documentId = documentIdOf(request)
        const grant = await demand(authorizer, request, documentId, 'viewer')
        const { format = 'markdown' } = request.query
        void reply.headers(CONTENT_HEADERS)
        const known = tagsIn(request.headers['if-none-match'])
        if (known !== undefined) {
          const tag = await content.tag(documentId)
          if (tag !== undefined && isNamed(known, tag)) return reply.code(304).header('etag', tag).send()
        }
        const { text, tag } = await content.read(documentId, format)
        // It may have waited for its turn.
        checkGrant(grant, 'viewer')
        return reply.header('etag', tag).type(`${MEDIA_TYPES[format]}; charset=utf-8`).send(text)
      },
    )

    scope.put<{ Body: Buffer | undefined }>(
      '/v1/content/*',
      { bodyLimit: limits.contentBytes },
      async (request, reply) => write(request, reply, request.body, 'replace'),
    )
    scope.post<{ Body: Buffer | undefined }>(
      '/v1/content/*',
      { bodyLimit: limits.contentBytes },
      async (request, reply) => write(request, reply, request.body, 'append'),
    )
  })

  async function write(
    request: FastifyRequest,
    reply: FastifyReply,
    body: Buffer | undefined,
    manner: Write['manner'],
  ): Promise<FastifyReply> {
    const asked = writes.get(request)
    if (asked === undefined) throw new TypeError('A request that was not looked at')
    // Rights may have changed while the body came.
    checkGrant(asked.grant, 'editor')
    const [match, noneMatch] = [tagsIn(request.headers['if-match']), tagsIn(request.headers['if-none-match'])]
    const { isNew, tag } = await content.write({
      ...asked,
      content: decoded(body ?? new Uint8Array()),
      manner,
      accepts: (now) =>
        (match === undefined || (now !== undefined && isNamed(match, now))) &&
        (noneMatch === undefined || now === undefined || !isNamed(noneMatch, now)),
    })
    if (tag !== undefined) void reply.header('etag', tag)
    if (isNew) void reply.header('location', `/v1/content/${asked.documentId}`)
    return reply
      .code(isNew ? 201 : 204)
      .header('cache-control', 'no-store')
      .send()
  }
}

/** Throws UNSUPPORTED_MEDIA_TYPE. */
function formatOf({ headers }: FastifyRequest): FormatName {
  const [type = '', ...parameters] = (headers['content-type'] ?? '').toLowerCase().split(';')
  const isUtf8 = parameters.every((parameter) => {
    const [name, value = ''] = parameter.trim().split('=')
    return name !== 'charset' || /^"?utf-?8"?$/.test(value)
  })
  for (const [format, mediaType] of Object.entries(MEDIA_TYPES))
    if (mediaType === type.trim() && isUtf8) return format as FormatName
  throw new CometpadError('UNSUPPORTED_MEDIA_TYPE', {
    detail: `Content is one of ${Object.values(MEDIA_TYPES).join(', ')}, in UTF-8.`,
  })
}

function decoded(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch (cause) {
    throw new CometpadError('CONTENT_UNREADABLE', { detail: 'This is not UTF-8.', cause })
  }
}

function tagsIn(header: string | undefined): readonly string[] | undefined {
  return header?.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
}

function isNamed(tags: readonly string[], tag: string): boolean {
  return tags.includes('*') || tags.includes(tag)
}
