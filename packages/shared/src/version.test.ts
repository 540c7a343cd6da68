import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { allExamples } from '../test/messages.ts'
import { encodeMessage } from './codec.ts'
import { messageType, syncType } from './messages.ts'
import { PROTOCOL_VERSION, SUBPROTOCOL } from './version.ts'

/** Of the numbers, of every field's name and place, and of the bytes of one example each. */
function fingerprint(): string {
  const hash = createHash('sha256').update(JSON.stringify({ messageType, syncType }))
  for (const message of allExamples) {
    hash.update(
      JSON.stringify(message, (_key, value: unknown) => (value instanceof Uint8Array ? 'bytes' : value)),
    )
    hash.update(encodeMessage(message))
  }
  return hash.digest('hex').slice(0, 16)
}

describe('the version of the wire', () => {
  it('[MS8] stands beside a fingerprint of the messages: who changes one changes the other, and writes the history', () => {
    expect({ version: PROTOCOL_VERSION, fingerprint: fingerprint() }).toEqual({
      version: 1,
      fingerprint: '899b51c65c9c95be',
    })
  })

  it('[MS8] names the subprotocol by the version that both ends have to share', () => {
    expect(SUBPROTOCOL).toBe('cometpad.v1')
  })

  it('[MS3] leaves the types between those of y-protocols and ours unused', () => {
    const numbers = Object.values(messageType).toSorted((a, b) => a - b)
    expect(numbers.slice(0, 4)).toEqual([0, 1, 2, 3])
    expect(numbers.slice(4).every((number) => number >= 32)).toBe(true)
    expect(new Set(numbers).size).toBe(numbers.length)
  })
})
