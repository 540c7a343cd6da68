/** The server's documents over HTTP. What goes wrong is an Error whose message can be shown as it is. */
export interface DocumentMeta {
  readonly documentId: string
  readonly title: string
  /** How the text begins. */
  readonly firstLine: string
  readonly createdAt: string | number
  readonly updatedAt: string | number
}

export interface DocumentPage {
  readonly documents: readonly DocumentMeta[]
  readonly next: string | null
}

/** A share link, without its secret. */
export interface LinkMeta {
  readonly linkId: string
  readonly role: string
  readonly hasPassword: boolean
  readonly expiresAt: string | null
  readonly createdAt: string
}

export interface NewLink {
  readonly role: string
  readonly expiresAt?: string
  readonly password?: string
}

export class ApiError extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

let signedInWith: string | undefined

/** Whatever is asked from now on goes with this token; undefined: without one. */
export function signIn(token: string | undefined): void {
  signedInWith = token
}

export function listDocuments(after?: string): Promise<DocumentPage> {
  return call('GET', `/v1/documents${after === undefined ? '' : `?after=${encodeURIComponent(after)}`}`)
}

export function createDocument(title: string): Promise<DocumentMeta> {
  return call('POST', '/v1/documents', { title })
}

export function renameDocument(documentId: string, title: string): Promise<DocumentMeta> {
  return call('PATCH', `/v1/documents${pathOf(documentId)}`, { title })
}

export async function listLinks(documentId: string): Promise<readonly LinkMeta[]> {
  const { links } = await call<{ links: readonly LinkMeta[] }>('GET', `/v1/links${pathOf(documentId)}`)
  return links
}

/** `path` is told only now. */
export function makeLink(documentId: string, link: NewLink): Promise<LinkMeta & { readonly path: string }> {
  return call('POST', `/v1/links${pathOf(documentId)}`, link)
}

export function revokeLink(documentId: string, linkId: string): Promise<void> {
  return call('DELETE', `/v1/links${pathOf(documentId)}?link=${encodeURIComponent(linkId)}`)
}

/** What a share link is worth, and its password with it. */
export function visit(
  documentId: string,
  share: string,
  password: string,
): Promise<{ readonly token: string }> {
  return call('POST', `/v1/visits${pathOf(documentId)}`, { share, password })
}

function pathOf(documentId: string): string {
  return `/${documentId.split('/').map(encodeURIComponent).join('/')}`
}

async function call<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
  const headers = new Headers({ accept: 'application/json' })
  if (signedInWith !== undefined) headers.set('authorization', `Bearer ${signedInWith}`)
  if (body !== undefined) headers.set('content-type', 'application/json')
  const request: RequestInit = {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }
  let response: Response
  try {
    response = await fetch(path, request)
  } catch (cause) {
    throw new Error('The server cannot be reached. Check your connection and try again.', { cause })
  }
  const answer: unknown = await response.json().catch(() => undefined)
  if (response.ok) return answer as Answer
  throw errorOf(response.status, answer)
}

function errorOf(status: number, answer: unknown): ApiError {
  if (typeof answer === 'object' && answer !== null && 'error' in answer) {
    const { code, message } = answer.error as { code?: unknown; message?: unknown }
    if (typeof code === 'string' && typeof message === 'string') return new ApiError(code, message)
  }
  return new ApiError(
    'INTERNAL_ERROR',
    `The server answered in an unexpected way (status ${status}). Try again.`,
  )
}
