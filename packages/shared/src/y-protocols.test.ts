// The types 0 to 3, byte for byte, against the library that every other Yjs client uses.
import fc from 'fast-check'
import { createDecoder, readVarUint, readVarUint8Array } from 'lib0/decoding'
import { createEncoder, toUint8Array, writeUint8Array, writeVarUint, writeVarUint8Array } from 'lib0/encoding'
import type { Encoder } from 'lib0/encoding'
import { readAuthMessage, writePermissionDenied } from 'y-protocols/auth'
import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate } from 'y-protocols/awareness'
import { readSyncMessage, writeSyncStep1, writeSyncStep2, writeUpdate } from 'y-protocols/sync'
import { Doc, applyUpdate, encodeStateAsUpdate, encodeStateVector } from 'yjs'
import { describe, expect, it } from 'vitest'
import { decodeMessage, encodeMessage } from './codec.ts'

/** What a y-websocket client puts on the wire. */
function theirs(type: number, write: (encoder: Encoder) => void): Uint8Array {
  const encoder = createEncoder()
  writeVarUint(encoder, type)
  write(encoder)
  return toUint8Array(encoder)
}

function documentOf(text: string): Doc {
  const doc = new Doc()
  doc.getText('text').insert(0, text)
  doc.getText('text').delete(0, Math.min(2, text.length))
  return doc
}

const anyText = fc.string({ unit: 'grapheme', maxLength: 40 })

describe('what we write is what y-protocols writes, and what it writes we read', () => {
  it('[MS3] a vector', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const doc = documentOf(text)
        const expected = theirs(0, (encoder) => writeSyncStep1(encoder, doc))
        const message = { type: 'vector', vector: encodeStateVector(doc) } as const
        expect(encodeMessage(message)).toEqual(expected)
        expect(decodeMessage(expected)).toEqual(message)
      }),
    )
  })

  it('[MS3] an answer', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const doc = documentOf(text)
        const vector = encodeStateVector(new Doc())
        const expected = theirs(0, (encoder) => writeSyncStep2(encoder, doc, vector))
        const message = { type: 'answer', update: encodeStateAsUpdate(doc, vector) } as const
        expect(encodeMessage(message)).toEqual(expected)
        expect(decodeMessage(expected)).toEqual(message)
      }),
    )
  })

  it('[MS3] an update', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const update = encodeStateAsUpdate(documentOf(text))
        const expected = theirs(0, (encoder) => writeUpdate(encoder, update))
        expect(encodeMessage({ type: 'update', update })).toEqual(expected)
        expect(decodeMessage(expected)).toEqual({ type: 'update', update })
      }),
    )
  })

  it('[PR1] presence', () => {
    const awareness = new Awareness(new Doc())
    awareness.setLocalState({ user: { name: 'Zoë 🦉' }, cursor: null })
    const presence = encodeAwarenessUpdate(awareness, [awareness.clientID])
    const expected = theirs(1, (encoder) => writeVarUint8Array(encoder, presence))
    expect(encodeMessage({ type: 'presence', presence })).toEqual(expected)
    expect(decodeMessage(expected)).toEqual({ type: 'presence', presence })
    awareness.destroy()
  })

  it('[MS3] permission denied', () => {
    const expected = theirs(2, (encoder) => writePermissionDenied(encoder, 'not today, Zoë'))
    expect(encodeMessage({ type: 'denied', reason: 'not today, Zoë' })).toEqual(expected)
    expect(decodeMessage(expected)).toEqual({ type: 'denied', reason: 'not today, Zoë' })
  })

  it('[MS3] the question for presence', () => {
    const expected = theirs(3, () => undefined)
    expect(encodeMessage({ type: 'presenceQuery' })).toEqual(expected)
    expect(decodeMessage(expected)).toEqual({ type: 'presenceQuery' })
  })
})

describe('y-protocols reads what we write', () => {
  it('[MS3] and two documents are the same after vector and answer', () => {
    fc.assert(
      fc.property(anyText, anyText, (mine, yours) => {
        const doc = documentOf(mine)
        const other = documentOf(yours)
        const reply = createEncoder()
        const vector = encodeMessage({ type: 'vector', vector: encodeStateVector(doc) })
        const asked = createDecoder(vector)
        expect(readVarUint(asked)).toBe(0)
        expect(readSyncMessage(asked, reply, other, null)).toBe(0)
        const answer = decodeMessage(theirs(0, (encoder) => writeUint8Array(encoder, toUint8Array(reply))))
        if (answer.type !== 'answer') throw new TypeError(answer.type)
        applyUpdate(doc, answer.update)

        const back = createDecoder(encodeMessage({ type: 'answer', update: encodeStateAsUpdate(doc) }))
        readVarUint(back)
        expect(readSyncMessage(back, createEncoder(), other, null)).toBe(1)
        expect(other.getText('text').toJSON()).toBe(doc.getText('text').toJSON())
      }),
    )
  })

  it('[MS3] updates, presence and refusals arrive as they were meant', () => {
    const doc = documentOf('hello')
    const other = new Doc()
    const update = createDecoder(encodeMessage({ type: 'update', update: encodeStateAsUpdate(doc) }))
    readVarUint(update)
    expect(readSyncMessage(update, createEncoder(), other, null)).toBe(2)
    expect(other.getText('text').toJSON()).toBe('llo')

    const speaking = new Awareness(doc)
    speaking.setLocalState({ name: 'Zoë' })
    const listening = new Awareness(other)
    const presence = encodeAwarenessUpdate(speaking, [speaking.clientID])
    const spoken = createDecoder(encodeMessage({ type: 'presence', presence }))
    readVarUint(spoken)
    applyAwarenessUpdate(listening, readVarUint8Array(spoken), null)
    expect(listening.getStates().get(speaking.clientID)).toEqual({ name: 'Zoë' })
    speaking.destroy()
    listening.destroy()

    const denied = createDecoder(encodeMessage({ type: 'denied', reason: 'no' }))
    const reasons: string[] = []
    readVarUint(denied)
    readAuthMessage(denied, doc, (_doc, reason) => reasons.push(reason))
    expect(reasons).toEqual(['no'])
  })
})
