/** What the doctor's probes need of the place they run in: a page or a shell. */
import type { Clock } from '../clock.ts'

export interface Question {
  readonly method?: 'GET' | 'POST' | 'OPTIONS'
  /** Path and query. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
}

/** An answer whose head is here. */
export interface Answer {
  /** 0: it sends on to another address, and a page is told no more than that. */
  readonly status: number
  /** All values of a header, joined with commas; undefined when there is none, or when a page may not read it. */
  header(name: string): string | undefined
  /** The bytes that come next; undefined at the end. Rejects when the connection breaks. */
  read(): Promise<Uint8Array | undefined>
}

export interface Asking {
  /** Rejects when there is no answer at all. */
  readonly answer: Promise<Answer>
  /** Gives up. What still waits rejects. */
  cancel(): void
}

/** Why a WebSocket did not open, as far as one may know: a page is told nothing. */
export interface Refusal {
  readonly status?: number
  /** The code in the body of an answer of ours. */
  readonly code?: string
}

export interface CallEvents {
  opened(): void
  heard(): void
  /** Once, after which nothing more comes. */
  ended(refusal: Refusal): void
}

export interface Call {
  send(bytes: Uint8Array): void
  /** No event follows. */
  close(): void
}

export interface DoctorPorts {
  readonly clock: Clock
  /** Milliseconds since 1970. */
  readonly wallTime: () => number
  readonly ask: (question: Question) => Asking
  /** Opens a WebSocket. */
  readonly call: (path: string, events: CallEvents) => Call
}
