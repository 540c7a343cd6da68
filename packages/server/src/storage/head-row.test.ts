import { assert, maxSafeNat, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Operation } from './database.ts'
import { decodeHead, decodeName, encodeHead, encodeName } from './head-row.ts'

const documentKey = new Uint8Array(16).fill(3)
const damage = expect.objectContaining({ code: 'DOCUMENT_DAMAGED' })

function valueOf(operation: Operation): Uint8Array {
  if (operation.type !== 'put') throw new TypeError('A row is put')
  return operation.value
}

describe('the head of a document', () => {
  it('comes back as it was written', () => {
    assert(
      property(maxSafeNat(), maxSafeNat(), string({ unit: 'grapheme' }), (head, bytes, title) => {
        const written = {
          documentId: 'a/b',
          generation: '00ff'.repeat(8),
          head,
          snapshotOffset: Math.floor(head / 2),
          title,
          logBytes: bytes,
          snapshotBytes: bytes,
          createdAt: 1,
          updatedAt: 2,
        }
        expect(decodeHead('a/b', documentKey, valueOf(encodeHead(documentKey, written)))).toEqual(written)
      }),
    )
  })

  it('is refused when it is missing or belongs to another document', () => {
    const head = {
      documentId: 'a',
      generation: '0'.repeat(32),
      head: 0,
      snapshotOffset: 0,
      title: '',
      logBytes: 0,
      snapshotBytes: 0,
      createdAt: 0,
      updatedAt: 0,
    }
    const value = valueOf(encodeHead(documentKey, head))
    expect(() => decodeHead('a', documentKey, undefined)).toThrow(damage)
    expect(() => decodeHead('b', documentKey, value)).toThrow(damage)
    expect(() => decodeHead('a', new Uint8Array(16), value)).toThrow(damage)
  })
})

describe('the name of a document', () => {
  it('leads to its key, and to no other', () => {
    const value = valueOf(encodeName('a', documentKey))
    expect(decodeName('a', value)).toEqual(documentKey)
    expect(() => decodeName('b', value)).toThrow(damage)
  })
})
