/** Places for a client in which one of its mechanisms does not work, for the tests that expect this to be noticed. */
import type { Environment } from '@cometpad/provider'
import {
  FRAMES_TYPE,
  FrameDecoder,
  POSITION_HEADER,
  decodeMessage,
  encodeFrames,
  encodeMessage,
  limits,
} from '@cometpad/shared'
import { WebSocket } from 'ws'

type Fetch = NonNullable<Environment['fetch']>

/** Deadlines that are so many times as long, or as short. */
export function timesAs(factor: number): (place: Environment) => Environment {
  return (place) => {
    const { clock } = place
    return {
      ...place,
      clock: { now: () => clock.now() / factor, after: (ms, run) => clock.after(ms * factor, run) },
    }
  }
}

/** What was called off happens nevertheless. */
export function neverCallingOff(place: Environment): Environment {
  const { clock } = place
  return {
    ...place,
    clock: {
      now: () => clock.now(),
      after(ms, run) {
        clock.after(ms, run)
        return () => undefined
      },
    },
  }
}

/** A WebSocket stays open when it is closed. */
export function neverClosing(place: Environment): Environment {
  const Real = place.WebSocket
  if (Real === undefined) throw new TypeError('There is no WebSocket to break')
  return {
    ...place,
    WebSocket: class extends Real {
      override close(): void {}
    },
  }
}

/** Names the newest position that any answer has named, whether its body has arrived or not. */
export function believingHeads(place: Environment): Environment {
  const fetch = fetchOf(place)
  let newest = 0
  return {
    ...place,
    async fetch(url, init) {
      const headers = new Headers(init.headers)
      if (newest > Number(headers.get(POSITION_HEADER) ?? 0))
        headers.set(POSITION_HEADER, String(newest).padStart(16, '0'))
      const response = await fetch(url, { ...init, headers })
      newest = Math.max(newest, Number(response.headers.get(POSITION_HEADER) ?? 0))
      return response
    },
  }
}

/** A post that something in between has answered counts as one that the server has answered. */
export function believingAnybody(place: Environment): Environment {
  const fetch = fetchOf(place)
  return {
    ...place,
    async fetch(url, init) {
      const response = await fetch(url, init)
      if (init.method !== 'POST' || response.headers.get('content-type') !== 'text/html') return response
      const body = init.body instanceof Uint8Array ? init.body : new Uint8Array()
      const count = new FrameDecoder(limits.updateBytes).push(body).filter(isEdit).length
      const saved = encodeFrames(count === 0 ? [] : [savedMessage(count)])
      return new Response(saved.slice(), { headers: { 'content-type': FRAMES_TYPE } })
    },
  }
}

/** What was put on the wire of a WebSocket is never put there again. */
export function sayingOnce(place: Environment): Environment {
  return {
    ...place,
    WebSocket: class extends WebSocket {
      #said = 0

      override send(bytes: Uint8Array): void {
        super.send(bytes)
        if (!isEdit(bytes)) return
        this.#said += 1
        const { buffer } = savedMessage(this.#said).slice()
        queueMicrotask(() => super.emit('message', buffer, true))
      }

      override emit(event: string | symbol, ...details: unknown[]): boolean {
        const [data] = details
        const isSaved = data instanceof ArrayBuffer && decodeMessage(new Uint8Array(data)).type === 'saved'
        return event === 'message' && isSaved ? true : super.emit(event, ...details)
      }
    },
  }
}

function fetchOf({ fetch }: Environment): Fetch {
  if (fetch === undefined) throw new TypeError('There is no fetch to break')
  return fetch
}

function isEdit(bytes: Uint8Array): boolean {
  const { type } = decodeMessage(bytes)
  return type === 'update' || type === 'answer'
}

function savedMessage(count: number): Uint8Array {
  return encodeMessage({ type: 'saved', count, offset: 1 })
}
