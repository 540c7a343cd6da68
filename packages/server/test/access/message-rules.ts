/**
 * Who may say which message: the table of expectations of role-matrix.test.ts. A message of the contract that is not here is a failure
 * there.
 */
import { allows, encodeMessage } from '@cometpad/shared'
import type { ErrorCode, Message, Role } from '@cometpad/shared'
import { edit } from './route-rules.ts'

/** What came of a message. */
export interface Outcome {
  /** What its sender was told of it. */
  readonly codes: readonly ErrorCode[]
  /** Why its connection, or the request, was ended; null: it was not. */
  readonly closed: ErrorCode | null
  /** Entries of the log. */
  readonly stored: number
  /** What others were told, beside edits. */
  readonly told: readonly string[]
}

interface MessageRule {
  readonly sample: (token: string) => Message
  readonly expected: (role: Role) => Outcome
}

const nothing: Outcome = { codes: [], closed: null, stored: 0, told: [] }

const anybody = (sample: MessageRule['sample'], told: readonly string[] = []): MessageRule => ({
  sample,
  expected: () => ({ ...nothing, told }),
})

const editors = (sample: MessageRule['sample']): MessageRule => ({
  sample,
  expected: (role) =>
    allows(role, 'editor') ? { ...nothing, stored: 1 } : { ...nothing, codes: ['READ_ONLY'] },
})

const nobody = (message: Message): MessageRule => ({
  sample: () => message,
  expected: () => ({ ...nothing, codes: ['UNKNOWN_MESSAGE'], closed: 'UNKNOWN_MESSAGE' }),
})

let clock = 0
let client = 0

/** Of a client that nobody was before; or, for "gone", of the last one. */
function presenceMessage(token: string): Message {
  clock += 1
  if (token !== 'gone') client += 1
  const state = Buffer.from(token === 'gone' ? 'null' : '{}')
  return {
    type: 'presence',
    presence: Uint8Array.from([1, ...varUint(client), ...varUint(clock), state.length, ...state]),
  }
}

function varUint(value: number): number[] {
  return value < 128 ? [value] : [128 + (value % 128), Math.floor(value / 128)]
}

const limits = { messageBytes: 1, partBytes: 1, updateBytes: 1, presenceBytes: 1 }
const generation = '0'.repeat(32)

export const messageRules: Readonly<Record<Message['type'], MessageRule>> = {
  vector: anybody(() => ({ type: 'vector', vector: new Uint8Array([0]) })),
  answer: editors(() => ({ type: 'answer', update: edit() })),
  update: editors(() => ({ type: 'update', update: edit() })),
  part: editors(() => ({
    type: 'part',
    last: true,
    bytes: encodeMessage({ type: 'update', update: edit() }),
  })),
  presence: anybody(presenceMessage, ['presence']),
  presenceQuery: anybody(() => ({ type: 'presenceQuery' })),
  broadcast: anybody(() => ({ type: 'broadcast', payload: new Uint8Array([1]) }), ['broadcast']),
  token: anybody((token) => ({ type: 'token', token })),
  denied: nobody({ type: 'denied', reason: 'No' }),
  hello: nobody({
    type: 'hello',
    protocol: 1,
    generation,
    role: 'owner',
    head: 0,
    from: 0,
    title: '',
    limits,
  }),
  saved: nobody({ type: 'saved', count: 1, offset: 1 }),
  position: nobody({ type: 'position', offset: 1 }),
  grant: nobody({ type: 'grant', role: 'owner' }),
  drain: nobody({ type: 'drain', delayMs: 1 }),
  error: nobody({ type: 'error', code: 'FORBIDDEN', message: 'No' }),
  reset: nobody({ type: 'reset', generation }),
  meta: nobody({ type: 'meta', title: 'Renamed' }),
}
