/** The doctor's ports on Node's HTTP client and on ws: both tell what a browser keeps from a page. */
import { request as requestPlain } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { request as requestSecure } from 'node:https'
import { codeIn, jsonIn } from '@cometpad/shared/doctor'
import type { Answer, Asking, Call, CallEvents, DoctorPorts, Question } from '@cometpad/shared/doctor'
import { WebSocket } from 'ws'

/** How much of a refusal is read to find its code. */
const REFUSAL_BYTES = 4_096

/** @param server where to ask, with the path below which it lies */
export function nodePorts(server: URL): DoctorPorts {
  return {
    clock: {
      now: () => performance.now(),
      after(ms, run) {
        const timer = setTimeout(run, ms)
        return () => clearTimeout(timer)
      },
    },
    wallTime: () => Date.now(),
    ask: (question) => ask(server, question),
    call: (path, events) => call(server, path, events),
  }
}

function addressOf(server: URL, path: string): URL {
  return new URL(server.href.replace(/\/+$/, '') + path)
}

function ask(server: URL, { method = 'GET', path, headers = {}, body }: Question): Asking {
  const url = addressOf(server, path)
  const asking = (url.protocol === 'https:' ? requestSecure : requestPlain)(url, {
    method,
    headers,
    agent: false,
  })
  const answer = new Promise<Answer>((resolve, reject) => {
    asking.on('response', (response) => resolve(answerOf(response)))
    asking.on('error', reject)
  })
  asking.end(body)
  return { answer, cancel: () => asking.destroy() }
}

function answerOf(response: IncomingMessage): Answer {
  const chunks = response[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  return {
    status: response.statusCode ?? 0,
    header(name) {
      const value = response.headersDistinct[name.toLowerCase()]
      return value?.join(', ')
    },
    async read() {
      const { done, value } = await chunks.next()
      return done === true ? undefined : value
    },
  }
}

function call(server: URL, path: string, events: CallEvents): Call {
  const socket = new WebSocket(addressOf(server, path), {
    // What a page of the server itself would say.
    origin: server.origin,
    perMessageDeflate: false,
  })
  let isOver = false
  function end(refusal: Parameters<CallEvents['ended']>[0]): void {
    if (isOver) return
    isOver = true
    events.ended(refusal)
  }
  socket.on('open', () => events.opened())
  socket.on('message', () => {
    if (!isOver) events.heard()
  })
  socket.on('close', () => end({}))
  // The close that follows ends it.
  socket.on('error', () => undefined)
  socket.on('unexpected-response', (asking, response) => {
    const status = response.statusCode ?? 0
    let body = ''
    const tell = (): void => {
      const code = codeIn(jsonIn(body))
      end(code === undefined ? { status } : { status, code })
      asking.destroy()
    }
    response.setEncoding('utf8')
    response.on('data', (chunk: string) => {
      body += chunk
      if (body.length > REFUSAL_BYTES) tell()
    })
    response.on('end', tell)
    response.on('error', tell)
  })
  return {
    send: (bytes) => socket.send(bytes),
    close() {
      isOver = true
      socket.terminate()
    },
  }
}
