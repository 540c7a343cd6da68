/**
 * Reads of the streams of a document: where they begin, whether they are held, and what caches may know of them. Knows nothing
 * of what the bytes hold.
 */
import { CometpadError, formatOffset } from '@cometpad/shared'
import type { Limits, Offset } from '@cometpad/shared'
import type { FastifyReply } from 'fastify'
import type { DocumentHead, Log, ReaderHandle, Sink } from '../../core/ports.ts'
import type { HeldRequests } from '../held-requests.ts'
import { EventStream } from './event-stream.ts'
import { namedPresence } from './named-stream.ts'
import type { NamedStream } from './named-stream.ts'
import { ReadAnswer } from './read-answer.ts'
import { presence, updates } from './stream-kind.ts'
import type { StreamKind } from './stream-kind.ts'
import type { StreamRequest } from './stream-request.ts'
import { OCTETS, cursorAfter, fromIn, liveIn, markIn, presenceMarkIn, setStreamHeaders } from './words.ts'

export interface ReadsDeps {
  readonly log: Pick<Log, 'snapshot'>
  readonly held: HeldRequests
  readonly limits: Limits
  /** A number in [0, 1). */
  readonly random: () => number
  /** Milliseconds since 1970, UTC. */
  readonly today: () => number
}

/** Where a read begins, and what its answer is called by caches. */
interface Beginning {
  readonly kind: StreamKind
  readonly join: (sink: Sink) => ReaderHandle
  readonly tag: ((next: string) => string) | undefined
}

/** May be kept by the browser of the one who asked, and is asked about each time. */
const CATCH_UP = { 'cache-control': 'private, no-cache, no-transform' } as const

export class Reads {
  readonly #deps: ReadsDeps

  constructor(deps: ReadsDeps) {
    this.#deps = deps
  }

  async updates(request: StreamRequest, head: DocumentHead, reply: FastifyReply): Promise<FastifyReply> {
    const { query } = request
    const from = fromIn(query)
    switch (from.kind) {
      case 'snapshot':
        return redirectToSnapshot(head, query, reply)
      case 'snapshot-at':
        return this.#sendSnapshot(head, from.offset, reply)
      case 'now':
        return this.#answer(request, reply, ofUpdates(request, head, head.head, 'unnamed'))
      case 'start':
        return this.#answer(request, reply, ofUpdates(request, head, 0, 'named'))
      case 'offset':
        // Beyond the head lies what another history has had.
        if (from.offset < head.snapshotOffset || from.offset > head.head)
          throw new CometpadError('OFFSET_EXPIRED')
        return this.#answer(request, reply, ofUpdates(request, head, from.offset, 'named'))
    }
  }

  presence(request: StreamRequest, { generation }: DocumentHead, reply: FastifyReply): Promise<FastifyReply> {
    const join = request.joining({
      position: 0,
      presence: presenceMarkIn(request.query),
      generation,
      client: undefined,
      hearing: 'presence',
    })
    return this.#answer(request, reply, { kind: presence, join, tag: undefined })
  }

  named(request: StreamRequest, stream: NamedStream, reply: FastifyReply): Promise<FastifyReply> {
    const from = markIn(request.query)
    return this.#answer(request, reply, {
      kind: namedPresence,
      join: (sink) => stream.join(sink, from, request.grant),
      tag: undefined,
    })
  }

  async #answer(
    { query, headers }: StreamRequest,
    reply: FastifyReply,
    beginning: Beginning,
  ): Promise<FastifyReply> {
    const { held, limits, random, today } = this.#deps
    const { kind, join } = beginning
    const live = liveIn(query)
    const cursor = live === undefined ? undefined : cursorAfter(query, today(), random())
    if (live === 'sse' && cursor !== undefined) {
      await new EventStream(reply, { held, limits, kind, cursor }).open(join)
      return reply
    }
    const tag = live === undefined ? beginning.tag : undefined
    void reply.type(OCTETS)
    const answer = new ReadAnswer(reply, { held, limits, kind, cursor, tag, random: random() })
    const body = await answer.answered(join)
    if (body === undefined) return reply.hijack()
    if (tag !== undefined) void reply.headers(CATCH_UP)
    if (tag !== undefined && isNamedIn(headers['if-none-match'], reply.getHeader('etag')))
      return reply.code(304).send()
    return reply.send(body)
  }

  async #sendSnapshot(
    { documentId }: DocumentHead,
    offset: Offset,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const snapshot = await this.#deps.log.snapshot(documentId)
    if (snapshot?.offset !== offset) throw new CometpadError('SNAPSHOT_NOT_FOUND')
    setStreamHeaders(reply, { next: formatOffset(offset) })
    return reply.headers(CATCH_UP).type(OCTETS).send(Buffer.from(snapshot.update))
  }
}

function ofUpdates(
  request: StreamRequest,
  { generation }: DocumentHead,
  position: Offset,
  answer: 'named' | 'unnamed',
): Beginning {
  const join = request.joining({
    position,
    presence: undefined,
    generation,
    client: undefined,
    hearing: 'updates',
  })
  const tag = (next: string): string => `"${generation}.${position}.${next}"`
  return { kind: updates, join, tag: answer === 'named' ? tag : undefined }
}

/** What else was asked for stays, and so does a prefix that a proxy has taken off the path. */
function redirectToSnapshot(
  { snapshotOffset }: DocumentHead,
  query: URLSearchParams,
  reply: FastifyReply,
): FastifyReply {
  const there = new URLSearchParams(query)
  there.set('offset', snapshotOffset > 0 ? `${formatOffset(snapshotOffset)}_snapshot` : '-1')
  return reply
    .code(307)
    .headers({ location: `?${there.toString()}`, 'cache-control': 'private, max-age=5' })
    .send()
}

function isNamedIn(tags: string | undefined, tag: unknown): boolean {
  return tags !== undefined && tags.split(',').some((text) => text.trim().replace(/^W\//, '') === tag)
}
