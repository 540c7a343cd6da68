/** The headers by which a sender numbers its requests, read and answered. Knows no state. */
import type { IncomingHttpHeaders } from 'node:http'
import { CometpadError } from '@cometpad/shared'
import type { Limits } from '@cometpad/shared'
import type { FastifyReply } from 'fastify'
import type { Numbered, Refusal } from './producers.ts'
import { invalid } from './words.ts'

/** Undefined: the sender does not number. Throws INVALID_REQUEST when the headers do not come together, or are none. */
export function numberedIn(
  headers: IncomingHttpHeaders,
  { producerIdLength }: Limits,
): (Numbered & { readonly id: string }) | undefined {
  const { 'producer-id': id, 'producer-epoch': epoch, 'producer-seq': seq } = headers
  if (id === undefined && epoch === undefined && seq === undefined) return undefined
  if (typeof id !== 'string' || typeof epoch !== 'string' || typeof seq !== 'string')
    throw invalid('"Producer-Id", "Producer-Epoch" and "Producer-Seq" come together.')
  if (id === '' || id.length > producerIdLength)
    throw invalid(`"Producer-Id" has 1 to ${producerIdLength} characters.`)
  return { id, epoch: numberIn('Producer-Epoch', epoch), seq: numberIn('Producer-Seq', seq) }
}

export function setProducerHeaders(reply: FastifyReply, { epoch, seq }: Numbered): void {
  void reply.headers({ 'producer-epoch': String(epoch), 'producer-seq': String(seq) })
}

export function refuse(reply: FastifyReply, refusal: Refusal, { seq }: Numbered): CometpadError {
  if (refusal.kind === 'fenced') {
    void reply.header('producer-epoch', String(refusal.epoch))
    return new CometpadError('PRODUCER_FENCED')
  }
  void reply.headers({
    'producer-expected-seq': String(refusal.expected),
    'producer-received-seq': String(seq),
  })
  return new CometpadError('PRODUCER_GAP')
}

function numberIn(name: string, text: string): number {
  const number = Number(text)
  if (!/^\d{1,16}$/.test(text) || !Number.isSafeInteger(number)) throw invalid(`"${name}" is not a number.`)
  return number
}
