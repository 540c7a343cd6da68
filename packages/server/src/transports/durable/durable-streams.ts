/**
 * A document as streams of the Durable Streams Yjs protocol: its updates, its presence, and further streams of presence that
 * have names. Makes, looks up, appends, deletes; SPEC.md, section DS. Knows no rights but that of a viewer to read, and nothing
 * of what the bytes hold.
 */
import type { IncomingHttpHeaders } from 'node:http'
import { CometpadError, allows, documentPath, formatOffset } from '@cometpad/shared'
import type { FastifyReply } from 'fastify'
import type { DocumentHead, Log, RoomsPort } from '../../core/ports.ts'
import { append, framedIn, presenceMessages, speakerOf, updateMessages } from './append.ts'
import { NamedStreams } from './named-streams.ts'
import type { NamedStream } from './named-stream.ts'
import { numberedIn, refuse, setProducerHeaders } from './producer-headers.ts'
import { Producers } from './producers.ts'
import { Reads } from './reads.ts'
import type { ReadsDeps } from './reads.ts'
import type { StreamRequest } from './stream-request.ts'
import { OCTETS, invalid, setStreamHeaders, streamIn } from './words.ts'

interface Deps extends ReadsDeps {
  readonly log: Pick<Log, 'find' | 'snapshot'>
  readonly create: RoomsPort['create']
  /** Deletes a document, and what goes with it. */
  readonly remove: RoomsPort['delete']
}

export class DurableStreams {
  readonly #deps: Deps
  readonly #reads: Reads
  readonly #producers: Producers
  readonly #named: NamedStreams

  constructor(deps: Deps) {
    this.#deps = deps
    this.#reads = new Reads(deps)
    this.#producers = new Producers(deps.limits)
    this.#named = new NamedStreams(deps)
  }

  async create(request: StreamRequest, reply: FastifyReply, body: Uint8Array): Promise<FastifyReply> {
    const { documentId, grant, source, query, headers } = request
    const stream = streamIn(query, this.#deps.limits)
    let head = await this.#deps.log.find(documentId)
    if (stream.kind !== 'updates' && head === undefined) throw new CometpadError('DOCUMENT_NOT_FOUND')
    if (!isOctets(headers) || wishesAnEnd(headers)) throw new CometpadError('STREAM_CONFLICT')
    if (body.length > 0) throw invalid('A stream is made empty; send what it is to hold afterwards.')
    if (head === undefined) {
      if (!allows(grant.role, 'editor')) throw new CometpadError('FORBIDDEN')
      head = await this.#make(documentId, source, reply)
    }
    let next = stream.kind === 'updates' ? formatOffset(head.head) : 'now'
    if (stream.kind === 'named') {
      const found = this.#named.find(head.generation, stream.name)
      if (found === undefined)
        void reply.code(201).header('location', `${documentPath(documentId)}?awareness=${stream.name}`)
      const made = found ?? this.#named.make(head.generation, stream.name)
      next = made.markOf(made.next)
    }
    setStreamHeaders(reply, { next })
    return reply.type(OCTETS).send()
  }

  async head({ documentId, query }: StreamRequest, reply: FastifyReply): Promise<FastifyReply> {
    const stream = streamIn(query, this.#deps.limits)
    const head = await this.#existing(documentId)
    let next = stream.kind === 'updates' ? formatOffset(head.head) : 'now'
    if (stream.kind === 'named') {
      const found = this.#existingNamed(head, stream.name)
      next = found.markOf(found.next)
    }
    setStreamHeaders(reply, { next })
    return reply.type(OCTETS).send()
  }

  async read(request: StreamRequest, reply: FastifyReply): Promise<FastifyReply> {
    const stream = streamIn(request.query, this.#deps.limits)
    const head = await this.#existing(request.documentId)
    switch (stream.kind) {
      case 'updates':
        return this.#reads.updates(request, head, reply)
      case 'presence':
        return this.#reads.presence(request, head, reply)
      case 'named':
        return this.#reads.named(request, this.#existingNamed(head, stream.name), reply)
    }
  }

  async append(request: StreamRequest, reply: FastifyReply, body: Uint8Array): Promise<FastifyReply> {
    const { documentId, headers, query } = request
    const { limits } = this.#deps
    const stream = streamIn(query, limits)
    const head = await this.#existing(documentId)
    if (!isOctets(headers)) throw new CometpadError('STREAM_CONFLICT')
    const framed = framedIn(body, limits)
    if (stream.kind === 'named') {
      const { generation } = head
      const { name } = stream
      const named = this.#named.find(generation, name) ?? this.#named.make(generation, name)
      named.append(framed)
      setStreamHeaders(reply, { next: named.markOf(named.next) })
      return reply.code(204).send()
    }
    try {
      if (stream.kind === 'presence') await this.#speak(request, reply, head, framed)
      else await this.#store(request, reply, head, framed)
    } catch (cause) {
      if (cause instanceof ClientGone) return reply.hijack()
      throw cause
    }
    return reply.code(204).send()
  }

  async remove({ documentId, grant, query }: StreamRequest, reply: FastifyReply): Promise<FastifyReply> {
    const stream = streamIn(query, this.#deps.limits)
    const mayDelete = stream.kind === 'named' ? allows(grant.role, 'editor') : grant.mayDelete === true
    if (!mayDelete) throw new CometpadError('FORBIDDEN')
    const { generation } = await this.#existing(documentId)
    if (stream.kind === 'presence')
      throw invalid('The presence called "default" is there for as long as its document.')
    if (stream.kind === 'named') this.#named.remove(generation, stream.name)
    else {
      await this.#deps.remove(documentId, grant.subject)
      this.#named.removeAllOf(generation)
    }
    return reply.code(204).send()
  }

  /** The server goes down. Who follows a document is told by its room. */
  drain(): void {
    this.#named.drain()
  }

  async #speak(
    request: StreamRequest,
    reply: FastifyReply,
    { generation }: DocumentHead,
    framed: readonly Uint8Array[],
  ): Promise<void> {
    const wish = { position: 0, presence: undefined, hearing: 'answers' } as const
    const join = request.joining({ ...wish, generation, client: speakerOf(framed) })
    await durably(append(reply, this.#deps.held, presenceMessages(framed), join))
    setStreamHeaders(reply, { next: 'now' })
  }

  async #store(
    request: StreamRequest,
    reply: FastifyReply,
    { generation }: DocumentHead,
    framed: readonly Uint8Array[],
  ): Promise<void> {
    const { held, limits } = this.#deps
    const wish = { position: 0, presence: undefined, hearing: 'answers' } as const
    const join = request.joining({ ...wish, generation, client: undefined })
    const store = async (): Promise<void> => {
      const offset = await durably(append(reply, held, updateMessages(framed), join))
      setStreamHeaders(reply, { next: formatOffset(offset) })
    }
    const numbered = numberedIn(request.headers, limits)
    if (numbered === undefined) return store()
    // By generation: a number that another history has taken says nothing about this one.
    const key = `${generation} ${request.grant.subject} ${numbered.id}`
    const taken = await this.#producers.take(key, numbered, store)
    if (taken.kind !== 'taken') throw refuse(reply, taken, numbered)
    setProducerHeaders(reply, { epoch: numbered.epoch, seq: taken.seq })
  }

  async #make(documentId: string, source: string, reply: FastifyReply): Promise<DocumentHead> {
    const { log, create } = this.#deps
    try {
      const head = await create(documentId, { title: '' }, source)
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

  /** Rejects with DOCUMENT_NOT_FOUND. */
  async #existing(documentId: string): Promise<DocumentHead> {
    const head = await this.#deps.log.find(documentId)
    if (head === undefined) throw new CometpadError('DOCUMENT_NOT_FOUND')
    return head
  }

  #existingNamed({ generation }: DocumentHead, name: string): NamedStream {
    const found = this.#named.find(generation, name)
    if (found === undefined) throw new CometpadError('STREAM_NOT_FOUND')
    return found
  }
}

/** Ends the work for somebody who is not there any more. */
class ClientGone extends Error {}

/** Nobody knows whether it was kept for somebody who has gone: its number may come again. */
async function durably<T>(appended: Promise<T | undefined>): Promise<T> {
  const offset = await appended
  if (offset === undefined) throw new ClientGone()
  return offset
}

function isOctets({ 'content-type': type = OCTETS }: IncomingHttpHeaders): boolean {
  return type.split(';', 1)[0]?.trim().toLowerCase() === OCTETS
}

function wishesAnEnd(headers: IncomingHttpHeaders): boolean {
  return ['stream-ttl', 'stream-expires-at', 'stream-closed'].some((name) => headers[name] !== undefined)
}
