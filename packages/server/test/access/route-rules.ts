/**
 * Who may use which route: the table of expectations of role-matrix.test.ts. A route that the server has and that is not here is a
 * failure there. Knows how to ask, and not what is answered.
 */
import { FRAMES_TYPE, documentPath, encodeFrames, encodeMessage } from '@cometpad/shared'
import type { ErrorCode, Role } from '@cometpad/shared'
import { DOCTOR_TYPE } from '@cometpad/shared/doctor'
import * as Y from 'yjs'

/** One way to use a route. */
export interface Face {
  /** What a cell is called beside the route, where there are several. */
  readonly name: string
  readonly path: (documentId: string) => string
  readonly headers?: Readonly<Record<string, string>>
  /** @param share the secret of a link of the document, made when `needsLink` */
  readonly body?: (documentId: string, share: string) => string | Buffer
  readonly needs: Role | 'nothing' | 'a token'
  /** What those get who may. */
  readonly ok: number | ErrorCode
  /** What those get who are in the document and may not do this. */
  readonly tooLow?: ErrorCode
  /** With auth=open, where that is something else than what an owner gets. */
  readonly open?: ErrorCode
  readonly isMissing?: true
  readonly needsLink?: true
}

const OCTETS = { 'content-type': 'application/octet-stream' }
const JSON_BODY = { 'content-type': 'application/json' }
const FRAMES = { accept: FRAMES_TYPE, 'content-type': FRAMES_TYPE }
const MARKDOWN = { 'content-type': 'text/markdown' }
const STREAM = 'name'

export function edit(): Uint8Array {
  const doc = new Y.Doc()
  doc.getText('text').insert(0, 'x')
  return Y.encodeStateAsUpdate(doc)
}

function presence(): Uint8Array {
  return Uint8Array.from([1, 5, 1, 2, ...Buffer.from('{}')])
}

const json = (body: object): string => JSON.stringify(body)
const framed = (bytes: Uint8Array): Buffer => Buffer.from(encodeFrames([bytes]))
const docs =
  (query = ''): Face['path'] =>
  (id) =>
    documentPath(id) + query
const at =
  (start: string, query = ''): Face['path'] =>
  (id) =>
    `${start}${id}${query}`

/** For everybody, and about no document. */
const page = (path: string): Face[] => [{ name: '', path: () => path, needs: 'nothing', ok: 200 }]
const ownersOnly = { needs: 'owner', open: 'ACCESS_IS_OPEN' } as const

const readers: Readonly<Record<string, readonly Face[]>> = {
  '/': page('/'),
  '/d/*': [{ name: '', path: at('/d/'), needs: 'nothing', ok: 200 }],
  '/doctor': page('/doctor'),
  '/healthz': page('/healthz'),
  '/readyz': page('/readyz'),
  '/v1/ws/+doctor': [{ name: '', path: () => '/v1/ws/+doctor', needs: 'nothing', ok: 'UPGRADE_REQUIRED' }],
  '/v1/yjs/docs/+doctor': page('/v1/yjs/docs/+doctor'),
  '/v1/ws/*': [{ name: '', path: at('/v1/ws/'), needs: 'viewer', ok: 'UPGRADE_REQUIRED' }],
  '/v1/documents': page('/v1/documents').map((face) => ({ ...face, needs: 'a token' })),
  '/v1/documents/*': [{ name: '', path: at('/v1/documents/'), needs: 'viewer', ok: 200 }],
  '/v1/content/*': [{ name: '', path: at('/v1/content/', '?format=text'), needs: 'viewer', ok: 200 }],
  '/v1/access/*': [{ name: '', path: at('/v1/access/'), ok: 200, ...ownersOnly }],
  '/v1/trail/*': [{ name: '', path: at('/v1/trail/'), ok: 200, ...ownersOnly }],
  '/v1/links/*': [{ name: '', path: at('/v1/links/'), ok: 200, ...ownersOnly }],
}

/** By method and address, as the server's own list of routes has them. */
export const routeRules: Readonly<Record<string, readonly Face[]>> = {
  ...Object.fromEntries(Object.entries(readers).map(([url, faces]) => [`GET ${url}`, faces])),
  ...Object.fromEntries(Object.entries(readers).map(([url, faces]) => [`HEAD ${url}`, faces])),
  'OPTIONS *': [{ name: '', path: at('/v1/documents/'), needs: 'nothing', ok: 'METHOD_NOT_ALLOWED' }],
  'POST /v1/yjs/docs/+doctor': [
    {
      name: '',
      path: () => '/v1/yjs/docs/+doctor',
      headers: { 'content-type': DOCTOR_TYPE },
      body: () => 'x',
      needs: 'nothing',
      ok: 204,
    },
  ],
  'GET /v1/yjs/docs/*': [
    { name: 'frames', path: docs(), headers: { accept: FRAMES_TYPE }, needs: 'viewer', ok: 200 },
    { name: 'updates', path: docs('?offset=-1'), needs: 'viewer', ok: 200 },
    { name: 'now', path: docs('?offset=now'), needs: 'viewer', ok: 200 },
    { name: 'snapshot', path: docs('?offset=snapshot'), needs: 'viewer', ok: 307 },
    { name: 'presence', path: docs('?awareness=default&offset=-1'), needs: 'viewer', ok: 200 },
    { name: 'named', path: docs(`?awareness=${STREAM}&offset=-1`), needs: 'viewer', ok: 'STREAM_NOT_FOUND' },
  ],
  'HEAD /v1/yjs/docs/*': [{ name: '', path: docs(), needs: 'viewer', ok: 200 }],
  'PUT /v1/yjs/docs/*': [
    { name: 'there', path: docs(), headers: OCTETS, needs: 'viewer', ok: 200 },
    { name: 'new', path: docs(), headers: OCTETS, needs: 'editor', ok: 201, isMissing: true },
    { name: 'named', path: docs(`?awareness=${STREAM}`), headers: OCTETS, needs: 'viewer', ok: 201 },
  ],
  'POST /v1/yjs/docs/*': [
    {
      name: 'frames',
      path: docs(),
      headers: FRAMES,
      body: () => framed(encodeMessage({ type: 'presence', presence: presence() })),
      needs: 'viewer',
      ok: 200,
    },
    {
      name: 'updates',
      path: docs(),
      headers: OCTETS,
      body: () => framed(edit()),
      needs: 'editor',
      ok: 204,
      tooLow: 'READ_ONLY',
    },
    {
      name: 'presence',
      path: docs('?awareness=default'),
      headers: OCTETS,
      body: () => framed(presence()),
      needs: 'viewer',
      ok: 204,
    },
    {
      name: 'named',
      path: docs(`?awareness=${STREAM}`),
      headers: OCTETS,
      body: () => framed(new Uint8Array([1])),
      needs: 'viewer',
      ok: 204,
    },
  ],
  'DELETE /v1/yjs/docs/*': [
    { name: '', path: docs(), needs: 'owner', ok: 204 },
    { name: 'named', path: docs(`?awareness=${STREAM}`), needs: 'editor', ok: 'STREAM_NOT_FOUND' },
  ],
  'POST /v1/documents': [
    {
      name: 'new',
      path: () => '/v1/documents',
      headers: JSON_BODY,
      body: (documentId) => json({ documentId }),
      needs: 'editor',
      ok: 201,
      isMissing: true,
    },
    {
      name: 'there',
      path: () => '/v1/documents',
      headers: JSON_BODY,
      body: (documentId) => json({ documentId }),
      needs: 'editor',
      ok: 'DOCUMENT_EXISTS',
    },
  ],
  'PATCH /v1/documents/*': [
    {
      name: '',
      path: at('/v1/documents/'),
      headers: JSON_BODY,
      body: () => json({ title: 'Renamed' }),
      needs: 'editor',
      ok: 200,
    },
  ],
  'PUT /v1/content/*': [
    { name: '', path: at('/v1/content/'), headers: MARKDOWN, body: () => 'new', needs: 'editor', ok: 204 },
  ],
  'POST /v1/content/*': [
    { name: '', path: at('/v1/content/'), headers: MARKDOWN, body: () => 'more', needs: 'editor', ok: 204 },
  ],
  'PUT /v1/access/*': [
    {
      name: '',
      path: at('/v1/access/'),
      headers: JSON_BODY,
      body: () => json({ subject: 'somebody', role: 'viewer' }),
      ok: 200,
      ...ownersOnly,
    },
  ],
  'POST /v1/links/*': [
    {
      name: '',
      path: at('/v1/links/'),
      headers: JSON_BODY,
      body: () => json({ role: 'viewer' }),
      ok: 201,
      ...ownersOnly,
    },
  ],
  'DELETE /v1/links/*': [{ name: '', path: at('/v1/links/', '?link=none'), ok: 204, ...ownersOnly }],
  'POST /v1/visits/*': [
    {
      name: 'wrong link',
      path: at('/v1/visits/'),
      headers: JSON_BODY,
      body: () => json({ share: 'AAAAAAAAAAA~AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }),
      needs: 'nothing',
      ok: 'LINK_INVALID',
      open: 'ACCESS_IS_OPEN',
    },
    {
      name: 'right link',
      path: at('/v1/visits/'),
      headers: JSON_BODY,
      body: (_documentId, share) => json({ share }),
      needs: 'nothing',
      ok: 200,
      open: 'ACCESS_IS_OPEN',
      needsLink: true,
    },
  ],
}
