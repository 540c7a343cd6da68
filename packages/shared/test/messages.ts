/** Messages for tests: one example of each, and any at all. */
import fc from 'fast-check'
import { errorTable, roles } from '../src/index.ts'
import type { ErrorCode, Message } from '../src/index.ts'

/** Bytes that no message holds by chance. */
const some = Uint8Array.of(7, 0, 255, 128)

/** One of each, with every field. The compiler refuses a missing one. */
export const examples: { readonly [T in Message['type']]: Extract<Message, { type: T }> } = {
  vector: { type: 'vector', vector: some },
  answer: { type: 'answer', update: some },
  update: { type: 'update', update: some },
  presence: { type: 'presence', presence: some },
  denied: { type: 'denied', reason: 'not today' },
  presenceQuery: { type: 'presenceQuery' },
  hello: {
    type: 'hello',
    protocol: 1,
    generation: '0123456789abcdef0123456789abcdef',
    role: 'editor',
    head: 12,
    from: 3,
    title: 'Minutes',
    limits: { messageBytes: 1, partBytes: 2, updateBytes: 3, presenceBytes: 4 },
  },
  saved: { type: 'saved', count: 300, offset: 70_000 },
  position: { type: 'position', offset: 300 },
  grant: { type: 'grant', role: 'viewer' },
  token: { type: 'token', token: 'abc' },
  drain: { type: 'drain', delayMs: 1_500 },
  broadcast: { type: 'broadcast', payload: some },
  error: { type: 'error', code: 'READ_ONLY', message: 'You may read.' },
  reset: { type: 'reset', generation: 'fedcba9876543210fedcba9876543210' },
  meta: { type: 'meta', title: 'Minutes' },
  part: { type: 'part', last: false, bytes: some },
}

export const allExamples: readonly Message[] = Object.values(examples)

const bytes = fc.uint8Array({ maxLength: 300 })
const whole = fc.oneof(fc.maxSafeNat(), fc.nat(300))
const atLeastOne = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })
const words = fc.string({ unit: 'grapheme', maxLength: 60 })
const role = fc.constantFrom(...roles)
const code = fc.constantFrom(...(Object.keys(errorTable) as ErrorCode[]))

type Arbitraries = { readonly [T in Message['type']]: fc.Arbitrary<Extract<Message, { type: T }>> }

export const arbitraries: Arbitraries = {
  vector: fc.record({ type: fc.constant('vector'), vector: bytes }),
  answer: fc.record({ type: fc.constant('answer'), update: bytes }),
  update: fc.record({ type: fc.constant('update'), update: bytes }),
  presence: fc.record({ type: fc.constant('presence'), presence: bytes }),
  denied: fc.record({ type: fc.constant('denied'), reason: words }),
  presenceQuery: fc.record({ type: fc.constant('presenceQuery') }),
  hello: fc.record({
    type: fc.constant('hello'),
    protocol: whole,
    generation: words,
    role,
    head: whole,
    from: fc.option(whole),
    title: words,
    limits: fc.record({
      messageBytes: atLeastOne,
      partBytes: atLeastOne,
      updateBytes: atLeastOne,
      presenceBytes: atLeastOne,
    }),
  }),
  saved: fc.record({ type: fc.constant('saved'), count: whole, offset: whole }),
  position: fc.record({ type: fc.constant('position'), offset: whole }),
  grant: fc.record({ type: fc.constant('grant'), role }),
  token: fc.record({ type: fc.constant('token'), token: words }),
  drain: fc.record({ type: fc.constant('drain'), delayMs: whole }),
  broadcast: fc.record({ type: fc.constant('broadcast'), payload: bytes }),
  error: fc.record({ type: fc.constant('error'), code, message: words }),
  reset: fc.record({ type: fc.constant('reset'), generation: words }),
  meta: fc.record({ type: fc.constant('meta'), title: words }),
  part: fc.record({ type: fc.constant('part'), last: fc.boolean(), bytes }),
}

export const anyMessage: fc.Arbitrary<Message> = fc.oneof(...Object.values(arbitraries))
