/**
 * Messages over plain HTTP: up by POST, down by a stream or by polls. Every request stands for itself, so a connection is
 * only what its requests have in common. Knows nothing of what the messages mean.
 */
import { encodeFrames, encodeMessage, errorOfClose, errorTable } from '@cometpad/shared'
import type { Clock, Message } from '@cometpad/shared'
import type { Fetch } from '../environment.ts'
import type { Transport, TransportConnection, TransportEvents, TransportRequest } from '../transport.ts'
import { pollDownlink, streamDownlink } from './http/downlink.ts'
import type { Downlink, DownlinkOptions } from './http/downlink.ts'
import { Exchange } from './http/exchange.ts'
import type { ExchangeFailure } from './http/exchange.ts'
import { Uplink } from './http/uplink.ts'

export interface HttpPlace {
  readonly fetch: Fetch
  readonly clock: Clock
  readonly random: () => number
}

export function streamTransport(place: HttpPlace): Transport {
  return transport(place, streamDownlink)
}

export function pollTransport(place: HttpPlace): Transport {
  return transport(place, pollDownlink)
}

function transport(place: HttpPlace, listen: (options: DownlinkOptions) => Downlink): Transport {
  return { open: (request, events) => open(place, listen, request, events) }
}

function open(
  { fetch, clock, random }: HttpPlace,
  listen: (options: DownlinkOptions) => Downlink,
  request: TransportRequest,
  events: TransportEvents,
): TransportConnection {
  const exchange = new Exchange(fetch, request, random)
  let isOver = false
  const end = (): void => {
    isOver = true
    uplink.close()
    downlink.close()
  }
  const fail = (failure: ExchangeFailure): void => {
    if (isOver) return
    end()
    for (const said of inMessages(failure)) events.message(encodeMessage(said))
    events.close(failure.close, failure.retryAfterMs)
  }
  const message = (bytes: Uint8Array): void => {
    if (!isOver) events.message(bytes)
  }
  const uplink = new Uplink(exchange, clock, { message, fail })
  const downlink = listen({ exchange, clock, events: { message, fail } })
  return {
    send: (bytes) => uplink.send(bytes),
    probe: () => downlink.probe(),
    farewell(messages) {
      end()
      if (messages.length > 0) void exchange.farewell(encodeFrames(messages))
    },
    close: end,
  }
}

/** What a WebSocket would have said before it closed. */
function inMessages({ close, generation }: ExchangeFailure): Message[] {
  const code = errorOfClose(close)
  if (code === 'GENERATION_CHANGED' && generation !== undefined) return [{ type: 'reset', generation }]
  if (code === undefined || !errorTable[code].retry) return []
  return [{ type: 'error', code, message: errorTable[code].text }]
}
