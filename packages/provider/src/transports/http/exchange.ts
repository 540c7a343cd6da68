/**
 * One request with frames, and its answer or what is wrong with it. Nothing that is not clearly an answer of a Cometpad
 * server is believed: between here and there may be sign-in pages, gateways and caches. Never tries twice.
 */
import {
  CLIENT_HEADER,
  FRAMES_TYPE,
  FrameDecoder,
  GENERATION_HEADER,
  HOLD_HEADER,
  POSITION_HEADER,
  PRESENCE_HEADER,
  documentPath,
  errorTable,
  formatOffset,
  isErrorCode,
  clientLimits as limits,
} from '@cometpad/shared'
import type { LiveMode } from '@cometpad/shared'
import type { Fetch } from '../../environment.ts'
import { ABNORMAL_CLOSE } from '../../transport.ts'
import type { TransportRequest, Whereabouts } from '../../transport.ts'

/** Why there is no answer. */
export class ExchangeFailure extends Error {
  override readonly name = 'ExchangeFailure'
  /** As a WebSocket would have been closed. */
  readonly close: number
  /** Status of the answer; undefined: there was none. */
  readonly status: number | undefined
  readonly retryAfterMs: number | undefined
  /** The history that the server has instead of the one that was asked for. */
  readonly generation: string | undefined

  constructor(close: number, about: FailureDetails = {}) {
    super(
      `The exchange has failed (${close})`,
      about.cause === undefined ? undefined : { cause: about.cause },
    )
    this.close = close
    this.status = about.status
    this.retryAfterMs = about.retryAfterMs
    this.generation = about.generation
  }
}

interface FailureDetails {
  readonly status?: number
  readonly retryAfterMs?: number | undefined
  readonly generation?: string | undefined
  readonly cause?: unknown
}

export interface GetOptions {
  /** Held open, or until there is news; undefined: what there is now. */
  readonly live: LiveMode | undefined
  readonly signal: AbortSignal
  /** What an earlier answer said of presence. */
  readonly presence?: string | undefined
  readonly holdMs?: number | undefined
  /** Not in the name of this client: what it has said itself is not left out. */
  readonly isAnonymous?: boolean
}

export class Exchange {
  readonly #fetch: Fetch
  readonly #request: TransportRequest
  readonly #url: string
  /** Drawn for one connection: joins what it says and what it hears. */
  readonly #clientKey: string

  constructor(fetch: Fetch, request: TransportRequest, random: () => number) {
    this.#fetch = fetch
    this.#request = request
    this.#url = request.server + documentPath(request.documentId)
    this.#clientKey = drawKey(random)
  }

  /** The answer's head. Rejects with an ExchangeFailure. */
  get({ live, signal, presence, holdMs, isAnonymous = false }: GetOptions): Promise<Response> {
    const headers = this.#headers()
    if (isAnonymous) headers.delete(CLIENT_HEADER)
    if (presence !== undefined) headers.set(PRESENCE_HEADER, presence)
    if (holdMs !== undefined) headers.set(HOLD_HEADER, String(holdMs))
    const url = live === undefined ? this.#url : `${this.#url}?live=${live}`
    return this.#ask(url, { headers, signal })
  }

  post(
    body: Uint8Array,
    options: { readonly signal?: AbortSignal; readonly keepalive?: boolean },
  ): Promise<Response> {
    const headers = this.#headers()
    headers.set('content-type', FRAMES_TYPE)
    // A redirect would turn it into a GET, whose answer looks much the same.
    return this.#ask(this.#url, {
      method: 'POST',
      headers,
      body: body as Uint8Array<ArrayBuffer>,
      redirect: 'error',
      ...options,
    })
  }

  /** Says a last thing for a page that will not be there to hear the answer. */
  async farewell(body: Uint8Array): Promise<void> {
    try {
      await this.post(body, { keepalive: true })
    } catch (cause) {
      // Nobody is left to be told; what was not saved is sent again if the page comes back.
      if (!(cause instanceof ExchangeFailure)) throw cause
    }
  }

  async #ask(url: string, init: RequestInit): Promise<Response> {
    let response: Response
    try {
      response = await this.#fetch(url, init)
    } catch (cause) {
      throw new ExchangeFailure(ABNORMAL_CLOSE, { cause })
    }
    if (response.status === 200 && typeOf(response) === FRAMES_TYPE) return response
    throw await failureOf(response)
  }

  #headers(): Headers {
    const { token, whereabouts } = this.#request
    const { position, generation }: Whereabouts = whereabouts()
    const headers = new Headers({
      accept: FRAMES_TYPE,
      // Not as `cache: 'no-store'`, for which browsers ask another origin for leave before each single request. Without either a
      // second tab would wait at the browser's cache until the first one's request is answered: Chromium without the first
      // word, Firefox without the second.
      'cache-control': 'no-cache, no-store',
      [CLIENT_HEADER]: this.#clientKey,
      [POSITION_HEADER]: formatOffset(position ?? 0),
    })
    if (generation !== undefined) headers.set(GENERATION_HEADER, generation)
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`)
    return headers
  }
}

/** The messages of a body as they come. Rejects with an ExchangeFailure when the body breaks off or is no frames. */
export async function readMessages(
  response: Response,
  onMessage: (message: Uint8Array) => void,
): Promise<void> {
  const decoder = new FrameDecoder(limits.updateBytes + limits.partBytes)
  try {
    const reader = response.body?.getReader()
    for (;;) {
      const chunk = await reader?.read()
      if (chunk === undefined || chunk.done) break
      for (const message of decoder.push(chunk.value)) onMessage(message)
    }
    decoder.end()
  } catch (cause) {
    throw new ExchangeFailure(ABNORMAL_CLOSE, { cause })
  }
}

async function failureOf(response: Response): Promise<ExchangeFailure> {
  const { status } = response
  const code = await codeIn(response)
  if (code === undefined) return new ExchangeFailure(errorTable.INTERCEPTED.close, { status })
  const retryAfterMs = retryAfterOf(response)
  const known = isErrorCode(code) ? errorTable[code].close : undefined
  const generation = response.headers.get(GENERATION_HEADER) ?? undefined
  if (known !== undefined) return new ExchangeFailure(known, { status, retryAfterMs, generation })
  // A newer server may know codes that we do not; the class of its status says enough.
  const isFinal = status >= 400 && status < 500 && ![408, 425, 429].includes(status)
  return new ExchangeFailure(isFinal ? 4499 : errorTable.INTERNAL_ERROR.close, { status, retryAfterMs })
}

/** The code in the body, if it is an error of a Cometpad server; what is read of anything else is bounded. */
async function codeIn(response: Response): Promise<string | undefined> {
  try {
    if (typeOf(response) !== 'application/json') {
      await response.body?.cancel()
      return undefined
    }
    const text = await shortText(response)
    if (text === undefined) return undefined
    const body: unknown = JSON.parse(text)
    if (typeof body !== 'object' || body === null || !('error' in body)) return undefined
    const { error } = body
    if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
    return typeof error.code === 'string' ? error.code : undefined
  } catch {
    // Broke off, or only says that it is JSON: not an answer of ours.
    return undefined
  }
}

/** A body as text, unless it is longer than any error of ours. */
async function shortText(response: Response): Promise<string | undefined> {
  const reader = response.body?.getReader()
  const decoder = new TextDecoder()
  let text = ''
  for (;;) {
    const chunk = await reader?.read()
    if (chunk === undefined || chunk.done) return text + decoder.decode()
    text += decoder.decode(chunk.value, { stream: true })
    if (text.length <= limits.messageBytes) continue
    await reader?.cancel()
    return undefined
  }
}

function typeOf(response: Response): string {
  return (response.headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

function retryAfterOf(response: Response): number | undefined {
  const seconds = response.headers.get('retry-after') ?? ''
  return /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1_000 : undefined
}

const KEY_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
/** 132 bits: nobody guesses whose presence to take away. */
const KEY_LENGTH = 22

function drawKey(random: () => number): string {
  const letters = Array.from(
    { length: KEY_LENGTH },
    () => KEY_LETTERS[Math.floor(random() * KEY_LETTERS.length)],
  )
  return letters.join('')
}
