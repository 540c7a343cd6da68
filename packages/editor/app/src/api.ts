/** The server's documents over HTTP. What goes wrong is an Error whose message can be shown as it is. */
export interface DocumentMeta {
  readonly documentId: string
  readonly title: string
  readonly createdAt: string | number
  readonly updatedAt: string | number
}

export interface DocumentPage {
  readonly documents: readonly DocumentMeta[]
  readonly next: string | null
}

export class ApiError extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

export function listDocuments(after?: string): Promise<DocumentPage> {
  return call('GET', after === undefined ? '' : `?after=${encodeURIComponent(after)}`)
}

export function createDocument(title: string): Promise<DocumentMeta> {
  return call('POST', '', { title })
}

export function renameDocument(documentId: string, title: string): Promise<DocumentMeta> {
  return call('PATCH', pathOf(documentId), { title })
}

function pathOf(documentId: string): string {
  return `/${documentId.split('/').map(encodeURIComponent).join('/')}`
}

async function call<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
  const request: RequestInit = { method, headers: { accept: 'application/json' } }
  if (body !== undefined) {
    request.headers = { accept: 'application/json', 'content-type': 'application/json' }
    request.body = JSON.stringify(body)
  }
  let response: Response
  try {
    response = await fetch(`/v1/documents${path}`, request)
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
