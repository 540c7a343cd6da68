/**
 * Messages over plain HTTP: up by POST, down by a stream or by polls. Every request stands for itself, so a connection is
 * only what its requests have in common. Knows nothing of what the messages mean.
 */
import { encodeFrames, encodeMessage, errorOfClose, errorTable } from '@cometpad/shared'
import type { Clock, Message } from '@cometpad/shared'
import type { Fetch } from '../environment.ts'
import type { Tabs } from '../tabs/ports.ts'
import { TabDownlink } from '../tabs/tab-downlink.ts'
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
  readonly wallClock: () => number
  /** Undefined: each tab holds a request of its own. */
  readonly tabs: Tabs | undefined
}

type Kind = 'stream' | 'poll'

const kinds: Readonly<Record<Kind, (options: DownlinkOptions) => Downlink>> = {
  stream: streamDownlink,
  poll: pollDownlink,
}

export function streamTransport(place: HttpPlace): Transport {
  return transport(place, 'stream')
}

export function pollTransport(place: HttpPlace): Transport {
  return transport(place, 'poll')
}

function transport(place: HttpPlace, kind: Kind): Transport {
  return { open: (request, events) => open(place, kind, request, events) }
}

function open(
  { fetch, clock, random, wallClock, tabs }: HttpPlace,
  kind: Kind,
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
  const alive = (): void => {
    if (!isOver) events.alive()
  }
  const listen = kinds[kind]
  const options = { exchange, clock, events: { message, alive, fail } }
  const downlink =
    tabs === undefined
      ? listen(options)
      : new TabDownlink({ tabs, wallClock }, { ...options, kind, listen, request })
  return {
    send(bytes) {
      downlink.said?.(bytes)
      uplink.send(bytes)
    },
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
