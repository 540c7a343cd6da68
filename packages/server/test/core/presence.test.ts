import { limits } from '@cometpad/shared'
import { afterEach, expect, test } from 'vitest'
import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { Presence } from '../../src/core/presence.ts'
import { decodeMessage, encodeFrames, FrameDecoder } from '@cometpad/shared'

const made: Awareness[] = []
afterEach(() => made.splice(0).forEach((awareness) => awareness.destroy()))

function someone(clientId: number): Awareness {
  const doc = new Y.Doc()
  doc.clientID = clientId
  const awareness = new Awareness(doc)
  made.push(awareness)
  return awareness
}

function payloadOf(awareness: Awareness): Uint8Array {
  return encodeAwarenessUpdate(awareness, [awareness.clientID])
}

/** What a reader that knows nothing learns, as y-protocols understands it. */
function seen(
  presence: Presence,
  version: number,
  except: object,
  into = someone(99),
): Record<string, unknown> {
  const parcel = presence.since(version, except)
  if (parcel !== undefined) {
    const [bytes = new Uint8Array()] = new FrameDecoder(1e6).push(
      parcel.framed({ name: 'f', frame: encodeFrames }),
    )
    const message = decodeMessage(bytes)
    if (message.type === 'presence') applyAwarenessUpdate(into, message.presence, 'test')
  }
  const states = Array.from(into.getStates()).filter(([client]) => client !== 99)
  return Object.fromEntries(states.map(([client, state]) => [client, state['name']]))
}

test('[PR1] what one says the others hear, and not oneself', () => {
  const presence = new Presence(limits)
  const [ana, ben] = [{}, {}]
  const a = someone(1)
  a.setLocalState({ name: 'Ana' })
  presence.speak(ana, payloadOf(a))
  expect(seen(presence, 0, ben)).toEqual({ 1: 'Ana' })
  expect(presence.since(0, ana)).toBeUndefined()
  expect(presence.size).toBe(1)
})

test('[PR2] an echo of what was heard makes nobody its owner, and nobody removes another', () => {
  const presence = new Presence(limits)
  const [ana, ben] = [{}, {}]
  const a = someone(1)
  a.setLocalState({ name: 'Ana' })
  const said = payloadOf(a)
  presence.speak(ana, said)
  presence.speak(ben, said)
  presence.leave(ben)
  expect(presence.size).toBe(1)
  a.setLocalState(null)
  presence.speak(ben, payloadOf(a))
  expect(presence.size).toBe(1)
  presence.speak(ana, payloadOf(a))
  expect(presence.size).toBe(0)
})

test('[PR2] the same client on a new connection belongs to that one', () => {
  const presence = new Presence(limits)
  const [old, young, other] = [{}, {}, {}]
  const a = someone(1)
  a.setLocalState({ name: 'Ana' })
  presence.speak(old, payloadOf(a))
  a.setLocalState({ name: 'Ana again' })
  presence.speak(young, payloadOf(a))
  presence.leave(old)
  expect(seen(presence, 0, other)).toEqual({ 1: 'Ana again' })
})

test('[PR3] who leaves is gone for those who saw them, and was never there for those who come', () => {
  const presence = new Presence(limits)
  const [ana, ben] = [{}, {}]
  const a = someone(1)
  a.setLocalState({ name: 'Ana' })
  presence.speak(ana, payloadOf(a))
  const bensView = someone(99)
  expect(seen(presence, 0, ben, bensView)).toEqual({ 1: 'Ana' })
  const version = presence.version
  presence.leave(ana)
  expect(seen(presence, version, ben, bensView)).toEqual({})
  expect(presence.since(0, ben)).toBeUndefined()
  presence.forgetGone()
  a.setLocalState({ name: 'Ana' })
  presence.speak(ana, payloadOf(a))
  expect(presence.size).toBe(1)
})

test('[PR8] who came back with an old clock is told so, and is seen again by those who saw it go', () => {
  const presence = new Presence(limits)
  const [ana, again, ben] = [{}, {}, {}]
  const a = someone(1)
  a.setLocalState({ name: 'Ana' })
  presence.speak(ana, payloadOf(a))
  const bensView = someone(99)
  expect(seen(presence, 0, ben, bensView)).toEqual({ 1: 'Ana' })
  let version = presence.version
  presence.leave(ana)
  expect(seen(presence, version, ben, bensView)).toEqual({})
  presence.forgetGone()
  version = presence.version

  expect(presence.disbelief(again)).toBeUndefined()
  presence.speak(again, payloadOf(a))
  const message = decodeMessage(presence.disbelief(again) ?? new Uint8Array())
  if (message.type === 'presence') applyAwarenessUpdate(a, message.presence, 'test')
  expect(a.getLocalState()).toEqual({ name: 'Ana' })
  presence.speak(again, payloadOf(a))
  expect(seen(presence, version, ben, bensView)).toEqual({ 1: 'Ana' })
})

test('[PR6] what is no JSON, too large or too many is refused whole', () => {
  const presence = new Presence({ presenceBytes: 40, presenceClients: 2 })
  const big = someone(1)
  big.setLocalState({ name: 'x'.repeat(50) })
  expect(() => presence.speak({}, payloadOf(big))).toThrow(
    expect.objectContaining({ code: 'MESSAGE_TOO_LARGE' }),
  )
  expect(() => presence.speak({}, Uint8Array.of(1, 1, 1, 1, 0x7b))).toThrow(
    expect.objectContaining({ code: 'MALFORMED_MESSAGE' }),
  )
  expect(presence.size).toBe(0)
  for (const client of [1, 2]) {
    const one = someone(client)
    one.setLocalState({ n: client })
    presence.speak({}, payloadOf(one))
  }
  const third = someone(3)
  third.setLocalState({ n: 3 })
  expect(() => presence.speak({}, payloadOf(third))).toThrow(expect.objectContaining({ code: 'OVERLOADED' }))
  expect(presence.size).toBe(2)
})

test('[PR5] readers that have seen the same get the same parcel', () => {
  const presence = new Presence(limits)
  const a = someone(1)
  a.setLocalState({ name: 'Ana' })
  presence.speak({}, payloadOf(a))
  expect(presence.since(0, {})).toBe(presence.since(0, {}))
})
