/**
 * Documents over HTTP: `/v1/yjs/docs/{documentId}`. Who asks for frames is served here, and everybody else by the Durable Streams
 * protocol. Rights are asked for before a body is read. Knows nothing of what the messages mean.
 */
import { CometpadError, checkDocumentId, documentPath } from '@cometpad/shared'
import type { Clock, Limits } from '@cometpad/shared'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Grant, Log, ReaderHandle, RoomsPort, Sink } from '../core/ports.ts'
import { DurableStreams } from './durable/durable-streams.ts'
import type { StreamRequest, Wish } from './durable/stream-request.ts'
import { LIVE_HEADERS } from './framed-answer.ts'
import { asksForFrames, isFrames, liveModeIn, readFramedRequest } from './framed-request.ts'
import { HeldRequests } from './held-requests.ts'
import { Paces } from './paces.ts'
import { PollAnswer } from './poll.ts'
import { PostAnswer, messagesIn } from './post.ts'
import { StreamAnswer } from './stream.ts'

export interface DocumentsOverHttpOptions {
  readonly log: Pick<Log, 'find' | 'snapshot'>
  readonly rooms: RoomsPort
  /** Deletes a document, and what goes with it. */
  readonly remove: RoomsPort['delete']
  readonly clock: Clock
  readonly limits: Limits
  /** The rights of a request. Throws UNAUTHORIZED or FORBIDDEN; asked before the body is read. */
  readonly authorize: (request: FastifyRequest, documentId: string) => Promise<Grant>
  /** Whose the refused updates and the new documents of a request count as. */
  readonly sourceOf: (request: FastifyRequest, grant: Grant) => string
  /** A number in [0, 1). */
  readonly random: () => number
  /** Milliseconds since 1970, UTC. */
  readonly today: () => number
}

interface Admission {
  readonly documentId: string
  readonly grant: Grant
  readonly source: string
}

export async function registerDocumentsOverHttp(
  app: FastifyInstance,
  { log, rooms, remove, clock, limits, authorize, sourceOf, random, today }: DocumentsOverHttpOptions,
): Promise<void> {
  const held = new HeldRequests(clock)
  const create: RoomsPort['create'] = (...asked) => rooms.create(...asked)
  const durable = new DurableStreams({ log, create, remove, held, limits, random, today })
  const admissions = new WeakMap<FastifyRequest, Admission>()
  const paces = new Paces(limits, clock)
  // The rooms have told everybody by then; what they said still has to be taken.
  app.addHook('preClose', () => {
    durable.drain()
    return held.drained(limits.goodbyeMs)
  })

  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
    scope.addHook('onRequest', async (request, reply) => {
      void reply.headers(LIVE_HEADERS)
      const { '*': documentId } = request.params as { '*': string }
      checkDocumentId(documentId)
      const grant = await authorize(request, documentId)
      admissions.set(request, { documentId, grant, source: sourceOf(request, grant) })
    })

    scope.get(documentPath('*'), { exposeHeadRoute: false }, async (request, reply) => {
      if (!asksForFrames(request.headers)) return durable.read(streamRequest(request), reply)
      const live = liveModeIn(queryOf(request))
      const asked = readFramedRequest(request.headers, limits)
      const join = joining(request, { ...asked, hearing: 'everything' })
      if (live === 'long-poll') {
        const isFirst = asked.generation === undefined
        const poll = new PollAnswer(reply, { held, limits, holdMs: asked.holdMs, isFirst, random: random() })
        return answer(reply, await poll.answered(join))
      }
      const ends = live === 'stream' ? 'late' : 'at the head'
      await new StreamAnswer(reply, { held, limits, ends, random: random() }).open(join)
      return reply
    })

    scope.post<{ Body: Buffer | undefined }>(
      documentPath('*'),
      { bodyLimit: limits.postBytes },
      async (request, reply) => {
        if (!isFrames(request.headers['content-type'])) {
          if (asksForFrames(request.headers)) throw new CometpadError('UNSUPPORTED_MEDIA_TYPE')
          const update = request.body ?? new Uint8Array(0)
          paces.take(speakerOf(request), [update])
          return durable.append(streamRequest(request), reply, update)
        }
        const asked = readFramedRequest(request.headers, limits)
        const messages = messagesIn(request.body ?? new Uint8Array(0), limits)
        paces.take(speakerOf(request), messages)
        const join = joining(request, { ...asked, position: 0, hearing: 'answers' })
        const body = await new PostAnswer(reply, held).answered((sink) => {
          const reader = join(sink)
          for (const message of messages) reader.receive(message)
          return reader
        })
        return answer(reply, body)
      },
    )

    scope.delete(documentPath('*'), async (request, reply) => durable.remove(streamRequest(request), reply))
    scope.head(documentPath('*'), async (request, reply) => durable.head(streamRequest(request), reply))
    scope.put<{ Body: Buffer | undefined }>(documentPath('*'), async (request, reply) =>
      durable.create(streamRequest(request), reply, request.body ?? new Uint8Array(0)),
    )
  })

  function streamRequest(request: FastifyRequest): StreamRequest {
    const { headers } = request
    const query = queryOf(request)
    return { ...admissionOf(request), headers, query, joining: (wish) => joining(request, wish) }
  }

  /** Whose pace counts: a client may draw itself another key for each request, but neither another name nor another address. */
  function speakerOf(request: FastifyRequest): string {
    return `${request.ip} ${admissionOf(request).grant.subject}`
  }

  function admissionOf(request: FastifyRequest): Admission {
    const admission = admissions.get(request)
    if (admission === undefined) throw new TypeError('A request without an admission')
    return admission
  }

  function joining(
    request: FastifyRequest,
    { position, generation, client, presence, hearing }: Wish,
  ): (sink: Sink) => ReaderHandle {
    const admission = admissionOf(request)
    const visit = { client, presence, hearing }
    return (sink) => rooms.join({ ...admission, sink, position, generation, visit })
  }
}

function answer(reply: FastifyReply, body: Buffer | undefined): FastifyReply {
  return body === undefined ? reply.hijack() : reply.send(body)
}

function queryOf(request: FastifyRequest): URLSearchParams {
  const [, query = ''] = /\?([^#]*)/.exec(request.url) ?? []
  return new URLSearchParams(query)
}
