/** The doctor's ports on what a page has: fetch and WebSocket. A page is told less than a shell, above all why something failed. */
import type { Answer, Asking, Call, CallEvents, DoctorPorts, Question } from '@cometpad/shared/doctor'

/** @param over ends everything that is still under way */
export function browserPorts(server: string, over: AbortSignal): DoctorPorts {
  return {
    clock: {
      now: () => performance.now(),
      after(ms, run) {
        const timer = setTimeout(run, ms)
        return () => clearTimeout(timer)
      },
    },
    wallTime: () => Date.now(),
    ask: (question) => ask(server, over, question),
    call: (path, events) => call(server, over, path, events),
  }
}

function ask(
  server: string,
  over: AbortSignal,
  { method = 'GET', path, headers = {}, body }: Question,
): Asking {
  const giveUp = new AbortController()
  const cancel = (): void => giveUp.abort()
  over.addEventListener('abort', cancel, { once: true, signal: giveUp.signal })
  const answer = fetch(server + path, {
    method,
    headers,
    body: body === undefined ? null : new Uint8Array(body),
    cache: 'no-store',
    // A sign-in page of another site could not be read, and would look like no answer at all.
    redirect: 'manual',
    credentials: 'same-origin',
    signal: giveUp.signal,
  }).then(answerOf, (cause: unknown) => {
    // Browsers have words of their own for this, and each has others.
    throw new Error(navigator.onLine ? 'no answer comes' : 'this device is offline', { cause })
  })
  return { answer, cancel }
}

function answerOf(response: Response): Answer {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  return {
    status: response.status,
    header: (name) => response.headers.get(name) ?? undefined,
    async read() {
      reader ??= response.body?.getReader()
      return (await reader?.read())?.value
    },
  }
}

function call(server: string, over: AbortSignal, path: string, events: CallEvents): Call {
  const socket = new WebSocket(server.replace(/^http/, 'ws') + path)
  let isOver = false
  over.addEventListener('abort', () => socket.close(), { once: true })
  socket.addEventListener('open', () => {
    if (!isOver) events.opened()
  })
  socket.addEventListener('message', () => {
    if (!isOver) events.heard()
  })
  // Follows every error, and says no more than it.
  socket.addEventListener('close', () => {
    if (isOver) return
    isOver = true
    events.ended({})
  })
  return {
    send: (bytes) => socket.send(new Uint8Array(bytes)),
    close() {
      isOver = true
      socket.close()
    },
  }
}
