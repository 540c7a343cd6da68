/** What a request to a stream brings with it. */
import type { IncomingHttpHeaders } from 'node:http'
import type { Grant, JoinRequest, ReaderHandle, Sink, Visit } from '../../core/ports.ts'

export type Wish = Pick<JoinRequest, 'position' | 'generation'> & Visit

/** A request whose sender may read the document. */
export interface StreamRequest {
  readonly documentId: string
  readonly grant: Grant
  /** Whose the documents count as that it makes. */
  readonly source: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly joining: (wish: Wish) => (sink: Sink) => ReaderHandle
}
