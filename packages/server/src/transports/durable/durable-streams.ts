/**
 * A document as the two streams of the Durable Streams Yjs protocol: its updates, and its presence. Reads, appends, makes,
 * deletes and looks up; SPEC.md, section DS. Knows no rights but that of a viewer to read, and nothing of what the bytes hold.
 */
import type { IncomingHttpHeaders } from 'node:http'
import { CometpadError, allows, documentPath, formatOffset } from '@cometpad/shared'
import type { Limits, Offset } from '@cometpad/shared'
import type { FastifyReply } from 'fastify'
import type {
  DocumentHead,
  Grant,
  JoinRequest,
  Log,
  ReaderHandle,
  RoomsPort,
  Sink,
  Visit,
} from '../../core/ports.ts'
import type { HeldRequests } from '../held-requests.ts'
import { append, framedIn, presenceMessages, speakerOf, updateMessages } from './append.ts'
import { EventStream } from './event-stream.ts'
import { numberedIn, refuse, setProducerHeaders } from './producer-headers.ts'
import { Producers } from './producers.ts'
import { ReadAnswer } from './read-answer.ts'
import { presence, updates } from './stream-kind.ts'
import type { StreamKind } from './stream-kind.ts'
import {
  DEFAULT_PRESENCE,
  OCTETS,
  cursorAfter,
  fromIn,
  invalid,
  liveIn,
  presenceMarkIn,
  presenceNameIn,
  setStreamHeaders,
} from './words.ts'

export type Wish = Pick<JoinRequest, 'position' | 'generation'> & Visit

/** A request whose sender may read the document. */
export interface StreamRequest {
  readonly documentId: string
  readonly grant: Grant
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly joining: (wish: Wish) => (sink: Sink) => ReaderHandle
}

interface Deps {
  readonly log: Pick<Log, 'find' | 'create' | 'snapshot'>
  readonly rooms: Pick<RoomsPort, 'delete'>
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
  readonly position: Offset
  readonly presence: string | undefined
  readonly tag: ((next: string) => string) | undefined
}

/** May be kept by the browser of the one who asked, and is asked about each time. */
const CATCH_UP = { 'cache-control': 'private, no-cache, no-transform' } as const

export class DurableStreams {
  readonly #deps: Deps
  readonly #producers: Producers

  constructor(deps: Deps) {
    this.#deps = deps
    this.#producers = new Producers(deps.limits)
  }

  async create(
    { documentId, grant, query, headers }: StreamRequest,
    reply: FastifyReply,
    body: Uint8Array,
  ): Promise<FastifyReply> {
    const { log } = this.#deps
    const name = presenceNameIn(query)
    let head = await log.find(documentId)
    if (name !== undefined && head === undefined) throw new CometpadError('DOCUMENT_NOT_FOUND')
    if (name !== undefined && name !== DEFAULT_PRESENCE) throw new CometpadError('STREAM_NOT_FOUND')
    if (!isOctets(headers) || wishesAnEnd(headers)) throw new CometpadError('STREAM_CONFLICT')
    if (body.length > 0) throw invalid('A document is made empty; send its updates afterwards.')
    if (head === undefined) {
      if (!allows(grant.role, 'editor')) throw new CometpadError('FORBIDDEN')
      head = await this.#make(documentId, reply)
    }
    setStreamHeaders(reply, { next: formatOffset(head.head) })
    return reply.type(OCTETS).send()
  }

  async head({ documentId, query }: StreamRequest, reply: FastifyReply): Promise<FastifyReply> {
    const head = await this.#existing(documentId, query)
    const next = presenceNameIn(query) === undefined ? formatOffset(head.head) : 'now'
    setStreamHeaders(reply, { next })
    return reply.type(OCTETS).send()
  }

  async remove({ documentId, grant, query }: StreamRequest, reply: FastifyReply): Promise<FastifyReply> {
    if (grant.mayDelete !== true) throw new CometpadError('FORBIDDEN')
    await this.#existing(documentId, query)
    if (presenceNameIn(query) !== undefined)
      throw invalid('The presence called "default" is there for as long as its document.')
    await this.#deps.rooms.delete(documentId)
    return reply.code(204).send()
  }

  async read(request: StreamRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { documentId, query, headers } = request
    const head = await this.#existing(documentId, query)
    const live = liveIn(query)
    const isPresence = presenceNameIn(query) !== undefined
    const beginning = isPresence ? beginningOfPresence(query) : await this.#beginningOf(head, query, reply)
    if (beginning === undefined) return reply
    const { kind, position, presence: mark } = beginning
    const join = request.joining({
      position,
      presence: mark,
      generation: head.generation,
      client: undefined,
      hearing: kind.hearing,
    })
    const { held, limits, random, today } = this.#deps
    const cursor = live === undefined ? undefined : cursorAfter(query, today(), random())
    if (live === 'sse' && cursor !== undefined) {
      await new EventStream(reply, { held, limits, kind, cursor }).open(join)
      return reply
    }
    const tag = live === undefined ? beginning.tag : undefined
    void reply.type(OCTETS)
    const body = await new ReadAnswer(reply, { held, limits, kind, cursor, tag, random: random() }).answered(
      join,
    )
    if (body === undefined) return reply.hijack()
    if (tag !== undefined) void reply.headers(CATCH_UP)
    if (tag !== undefined && isNamedIn(headers['if-none-match'], reply.getHeader('etag')))
      return reply.code(304).send()
    return reply.send(body)
  }

  async append(request: StreamRequest, reply: FastifyReply, body: Uint8Array): Promise<FastifyReply> {
    const { documentId, grant, query, headers } = request
    const { generation } = await this.#existing(documentId, query)
    if (!isOctets(headers)) throw new CometpadError('STREAM_CONFLICT')
    const { limits, held } = this.#deps
    const isPresence = presenceNameIn(query) !== undefined
    const framed = framedIn(body, limits)
    const messages = isPresence ? presenceMessages(framed) : updateMessages(framed)
    const client = isPresence ? speakerOf(framed) : undefined
    const join = request.joining({
      position: 0,
      generation,
      presence: undefined,
      client,
      hearing: 'answers',
    })
    const store = async (): Promise<void> => {
      const offset = await append(reply, held, messages, join)
      // Nobody knows whether it was kept: its number may come again.
      if (offset === undefined) throw new ClientGone()
      setStreamHeaders(reply, { next: isPresence ? 'now' : formatOffset(offset) })
    }
    try {
      const numbered = isPresence ? undefined : numberedIn(headers, limits)
      if (numbered === undefined) await store()
      else {
        // By generation: a number that another history has taken says nothing about this one.
        const key = `${generation} ${grant.subject} ${numbered.id}`
        const taken = await this.#producers.take(key, numbered, store)
        if (taken.kind !== 'taken') throw refuse(reply, taken, numbered)
        setProducerHeaders(reply, { epoch: numbered.epoch, seq: taken.seq })
      }
    } catch (cause) {
      if (cause instanceof ClientGone) return reply.hijack()
      throw cause
    }
    return reply.code(204).send()
  }

  async #make(documentId: string, reply: FastifyReply): Promise<DocumentHead> {
    const { log } = this.#deps
    try {
      const head = await log.create(documentId, { title: '' })
      void reply.code(201).header('location', documentPath(documentId))
      return head
    } catch (cause) {
      // Somebody made it meanwhile.
      const made =
        cause instanceof CometpadError && cause.code === 'DOCUMENT_EXISTS' && (await log.find(documentId))
      if (made) return made
      throw cause
    }
  }

  /** Rejects with DOCUMENT_NOT_FOUND or STREAM_NOT_FOUND. */
  async #existing(documentId: string, query: URLSearchParams): Promise<DocumentHead> {
    const name = presenceNameIn(query)
    const head = await this.#deps.log.find(documentId)
    if (head === undefined) throw new CometpadError('DOCUMENT_NOT_FOUND')
    if (name !== undefined && name !== DEFAULT_PRESENCE) throw new CometpadError('STREAM_NOT_FOUND')
    return head
  }

  /** Undefined: it is answered already. */
  async #beginningOf(
    head: DocumentHead,
    query: URLSearchParams,
    reply: FastifyReply,
  ): Promise<Beginning | undefined> {
    const from = fromIn(query)
    switch (from.kind) {
      case 'snapshot':
        void redirectToSnapshot(head, query, reply)
        return undefined
      case 'snapshot-at':
        await this.#sendSnapshot(head, from.offset, reply)
        return undefined
      case 'now':
        return { kind: updates, position: head.head, presence: undefined, tag: undefined }
      case 'start':
        return { kind: updates, position: 0, presence: undefined, tag: tagFrom(head, 0) }
      case 'offset':
        // Beyond the head lies what another history has had.
        if (from.offset < head.snapshotOffset || from.offset > head.head)
          throw new CometpadError('OFFSET_EXPIRED')
        return { kind: updates, position: from.offset, presence: undefined, tag: tagFrom(head, from.offset) }
    }
  }

  async #sendSnapshot({ documentId }: DocumentHead, offset: Offset, reply: FastifyReply): Promise<void> {
    const snapshot = await this.#deps.log.snapshot(documentId)
    if (snapshot?.offset !== offset) throw new CometpadError('SNAPSHOT_NOT_FOUND')
    setStreamHeaders(reply, { next: formatOffset(offset) })
    void reply.headers(CATCH_UP).type(OCTETS).send(Buffer.from(snapshot.update))
  }
}

/** Ends the work for somebody who is not there any more. */
class ClientGone extends Error {}

function beginningOfPresence(query: URLSearchParams): Beginning {
  return { kind: presence, position: 0, presence: presenceMarkIn(query), tag: undefined }
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

function tagFrom({ generation }: DocumentHead, from: Offset): (next: string) => string {
  return (next) => `"${generation}.${from}.${next}"`
}

function isNamedIn(tags: string | undefined, tag: unknown): boolean {
  return tags !== undefined && tags.split(',').some((text) => text.trim().replace(/^W\//, '') === tag)
}

function isOctets({ 'content-type': type = OCTETS }: IncomingHttpHeaders): boolean {
  return type.split(';', 1)[0]?.trim().toLowerCase() === OCTETS
}

function wishesAnEnd(headers: IncomingHttpHeaders): boolean {
  return ['stream-ttl', 'stream-expires-at', 'stream-closed'].some((name) => headers[name] !== undefined)
}
