/** The catalogue of documents: list, make, look up, rename. Content travels elsewhere. */
import { randomBytes } from 'node:crypto'
import { CometpadError, allows, checkDocumentId } from '@cometpad/shared'
import type { Limits } from '@cometpad/shared'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Static } from 'typebox'
import type { Authorizer, Caller } from '../access/authorizer.ts'
import { demand } from '../access/demand.ts'
import type { DocumentHead, DocumentPage, Grant, Log, RoomsPort } from '../../core/ports.ts'
import { documentIdOf } from './document-id.ts'

type Bounds = Pick<Limits, 'titleLength' | 'documentIdLength' | 'listPage'>

const Document = Type.Object({
  documentId: Type.String(),
  title: Type.String({ description: 'What somebody has called it; empty when nobody did.' }),
  firstLine: Type.String({
    description:
      'How its text begins, as of some seconds after the last edit, for lists that have no title to show. May be empty.',
  }),
  createdAt: Type.String({ format: 'date-time' }),
  updatedAt: Type.String({ format: 'date-time' }),
})
const DocumentList = Type.Object({
  documents: Type.Array(Document),
  next: Type.Union([Type.String(), Type.Null()], { description: 'Give it as "after" for the next page.' }),
})

/** What a request may say, within the bounds. */
function schemasWithin({ titleLength, documentIdLength, listPage }: Bounds) {
  const title = Type.String({
    description: `Shown in lists and above the text. White space around it is dropped; at most ${titleLength} UTF-16 units, no control characters. May be empty.`,
  })
  const listQuery = Type.Object(
    {
      after: Type.Optional(Type.String({ maxLength: documentIdLength })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: listPage })),
    },
    { additionalProperties: false },
  )
  const newDocument = Type.Object(
    { documentId: Type.Optional(Type.String()), title: Type.Optional(title) },
    { additionalProperties: false },
  )
  return { listQuery, newDocument, rename: Type.Object({ title }, { additionalProperties: false }) }
}
type Schemas = ReturnType<typeof schemasWithin>

export interface DocumentRoutesOptions {
  readonly log: Log
  readonly rooms: RoomsPort
  readonly authorizer: Authorizer
  /** Whose the documents count as that a request makes. */
  readonly sourceOf: (request: FastifyRequest, grant: Grant) => string
  readonly limits: Bounds
}

export function registerDocumentRoutes(
  app: FastifyInstance,
  { log, rooms, authorizer, sourceOf, limits }: DocumentRoutesOptions,
): void {
  const { listQuery, newDocument, rename } = schemasWithin(limits)
  const { titleLength, listPage } = limits
  app.get<{ Querystring: Static<Schemas['listQuery']> }>(
    '/v1/documents',
    { schema: { querystring: listQuery, response: { 200: DocumentList } } },
    async (request) => {
      const caller = await authorizer.identify(request)
      const { after = '', limit = listPage } = request.query
      const { documents, next } = await pageFor(log, caller, { after, limit, stride: listPage })
      return { documents: documents.map(shown), next }
    },
  )

  app.post<{ Body: Static<Schemas['newDocument']> }>(
    '/v1/documents',
    { schema: { body: newDocument, response: { 201: Document } } },
    async (request, reply) => {
      const { body } = request
      const documentId = checkDocumentId(body.documentId ?? randomId())
      const grant = await demand(authorizer, request, documentId, 'editor')
      const title = checkTitle(body.title ?? '', titleLength)
      const head = await rooms.create(documentId, { title }, sourceOf(request, grant))
      return reply.code(201).header('location', `/v1/documents/${documentId}`).send(shown(head))
    },
  )

  app.get('/v1/documents/*', { schema: { response: { 200: Document } } }, async (request) => {
    const documentId = documentIdOf(request)
    await demand(authorizer, request, documentId, 'viewer')
    return shown(await existing(log, documentId))
  })

  app.patch<{ Body: Static<Schemas['rename']> }>(
    '/v1/documents/*',
    { schema: { body: rename, response: { 200: Document } } },
    async (request) => {
      const documentId = documentIdOf(request)
      await demand(authorizer, request, documentId, 'editor')
      await rooms.setTitle(documentId, checkTitle(request.body.title, titleLength))
      return shown(await existing(log, documentId))
    },
  )
}

interface ListRequest {
  readonly after: string
  readonly limit: number
  /** Documents that are looked at in one go. */
  readonly stride: number
}

async function pageFor(log: Log, caller: Caller, request: ListRequest): Promise<DocumentPage> {
  const { lists } = caller
  if (lists === undefined) throw new CometpadError('FORBIDDEN')
  return 'ids' in lists
    ? pageOf(await headsOf(log, caller, lists.ids), request)
    : pageBehind(log, caller, lists.start, request)
}

async function headsOf(log: Log, caller: Caller, ids: readonly string[]): Promise<DocumentHead[]> {
  const heads = await Promise.all(
    ids.map(async (id) => ((await mayRead(caller, id)) ? headOf(log, id) : undefined)),
  )
  return heads.filter((head) => head !== undefined)
}

/** Lists leave out what is damaged, as the log does. */
async function headOf(log: Log, documentId: string): Promise<DocumentHead | undefined> {
  try {
    return await log.find(documentId)
  } catch (cause) {
    if (cause instanceof CometpadError && cause.code === 'DOCUMENT_DAMAGED') return undefined
    throw cause
  }
}

function pageOf(heads: readonly DocumentHead[], { after, limit }: ListRequest): DocumentPage {
  const rest = heads.filter(({ documentId }) => documentId > after)
  const documents = rest.slice(0, limit)
  return { documents, next: rest.length > limit ? (documents.at(-1)?.documentId ?? null) : null }
}

/**
 * What the caller may see of the documents that begin like this, which may be less than asked for, and more than nothing unless it is
 * the last. Nothing else is told of what they may not see: also the place where the next page begins is one that they know.
 */
async function pageBehind(
  log: Log,
  caller: Caller,
  start: string,
  { after, limit, stride }: ListRequest,
): Promise<DocumentPage> {
  let from = after >= start ? after : justBefore(start)
  for (;;) {
    const page = await log.list(from === '' ? { limit: stride } : { after: from, limit: stride })
    const within = page.documents.filter(({ documentId }) => documentId.startsWith(start))
    const visible = await Promise.all(within.map(({ documentId }) => mayRead(caller, documentId)))
    const found = within.filter((_, index) => visible[index])
    const isLast = page.next === null || within.length < page.documents.length
    const documents = found.slice(0, limit)
    if (isLast && found.length <= limit) return { documents, next: null }
    const last = documents.at(-1)
    if (last !== undefined) return { documents, next: last.documentId }
    from = page.next ?? from
  }
}

/** Behind everything that comes before what begins like this: ids are ASCII. */
function justBefore(start: string): string {
  const last = start.length - 1
  return start === '' ? '' : `${start.slice(0, last)}${String.fromCharCode(start.charCodeAt(last) - 1)}\x7f`
}

async function mayRead(caller: Caller, documentId: string): Promise<boolean> {
  try {
    return allows((await caller.grant(documentId)).role, 'viewer')
  } catch (cause) {
    if (cause instanceof CometpadError && NO_RIGHT.has(cause.code)) return false
    throw cause
  }
}

/** What says that somebody may not see a document; a damaged one is missing from the list as well. */
const NO_RIGHT: ReadonlySet<string> = new Set([
  'FORBIDDEN',
  'LINK_INVALID',
  'PASSWORD_REQUIRED',
  'DOCUMENT_NOT_FOUND',
  'DOCUMENT_DAMAGED',
])

function shown({
  documentId,
  title,
  firstLine = '',
  createdAt,
  updatedAt,
}: DocumentHead): Static<typeof Document> {
  return {
    documentId,
    title,
    firstLine,
    createdAt: new Date(createdAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
  }
}

async function existing(log: Log, documentId: string): Promise<DocumentHead> {
  const head = await log.find(documentId)
  if (head === undefined) throw new CometpadError('DOCUMENT_NOT_FOUND')
  return head
}

/** Without white space around it. Refuses what no line of text has, and half characters, which no store keeps. */
function checkTitle(text: string, most: number): string {
  const title = text.trim()
  if (/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(title))
    throw new CometpadError('INVALID_REQUEST', {
      detail: 'A title has no line breaks or other control characters.',
    })
  if (title.length > most)
    throw new CometpadError('INVALID_REQUEST', {
      detail: `A title has at most ${most} characters.`,
    })
  return title
}

/** 132 random bits that can stand in a URL: nobody guesses the address of a document. */
function randomId(): string {
  return randomBytes(17).toString('base64url').slice(0, 22)
}
