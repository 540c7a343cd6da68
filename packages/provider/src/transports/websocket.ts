/** Messages over a WebSocket. Knows nothing of what they mean and never tries twice. */
import { SUBPROTOCOL, encodeMessage } from '@cometpad/shared'
import { toBase64UrlEncoded } from 'lib0/buffer'
import { encodeUtf8 } from 'lib0/string'
import type { WebSocketConstructor } from '../environment.ts'
import { ABNORMAL_CLOSE } from '../transport.ts'
import type { Transport, TransportConnection, TransportEvents, TransportRequest } from '../transport.ts'

const OPEN = 1
/** A browser shows no pings. Whoever asks who is here is answered, if only with "nobody". */
const PROBE = encodeMessage({ type: 'presenceQuery' })

export function webSocketTransport(WebSocket: WebSocketConstructor): Transport {
  return { open: (request, events) => open(WebSocket, request, events) }
}

function open(
  WebSocket: WebSocketConstructor,
  request: TransportRequest,
  events: TransportEvents,
): TransportConnection {
  const protocols = [SUBPROTOCOL]
  // A browser can send no header with the upgrade; a subprotocol keeps the token out of URLs and their logs.
  if (request.token !== undefined) protocols.push(`bearer.${toBase64UrlEncoded(encodeUtf8(request.token))}`)
  const socket = new WebSocket(urlOf(request), protocols)
  socket.binaryType = 'arraybuffer'
  let isOver = false
  socket.addEventListener('message', ({ data }) => {
    if (!isOver && data instanceof ArrayBuffer) events.message(new Uint8Array(data))
  })
  socket.addEventListener('close', ({ code }) => {
    if (isOver) return
    isOver = true
    events.close(code ?? ABNORMAL_CLOSE)
  })
  // An error is always followed by a close, which says all that is known. In Node an error nobody listens to is fatal.
  socket.addEventListener('error', () => undefined)
  const send = (message: Uint8Array): void => {
    if (socket.readyState === OPEN) socket.send(message as Uint8Array<ArrayBuffer>)
  }
  const close = (): void => {
    isOver = true
    socket.close(1000)
  }
  // What was sent goes out before a WebSocket closes, and presence ends with it.
  return { send, probe: () => send(PROBE), farewell: close, close }
}

function urlOf({ server, documentId, whereabouts }: TransportRequest): string {
  const url = new URL(`${server.replace(/^http/, 'ws')}/v1/ws/${documentId}`)
  const { position, generation } = whereabouts()
  if (position !== null) url.searchParams.set('position', String(position))
  if (generation !== undefined) url.searchParams.set('generation', generation)
  return url.href
}
