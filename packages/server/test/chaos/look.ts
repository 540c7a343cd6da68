/**
 * What a newcomer sees who asks the server itself, in one plain request: the oracle of what is stored and who is present. Knows
 * nothing of proxies, and nothing of what a client of ours remembers.
 */
import { FRAMES_TYPE, FrameDecoder, decodeMessage, documentPath, limits } from '@cometpad/shared'
import * as decoding from 'lib0/decoding'
import * as Y from 'yjs'

export interface Look {
  readonly text: string
  /** Entries of the log that brought nothing which was not there before. */
  readonly repeated: number
  /** Clients that are present. */
  readonly present: number
}

/** Rejects when the server does not answer in full. */
export async function look(server: string, documentId: string): Promise<Look> {
  const response = await fetch(server + documentPath(documentId), {
    headers: { accept: FRAMES_TYPE, connection: 'close' },
  })
  const body = new Uint8Array(await response.arrayBuffer())
  if (response.status !== 200) throw new Error(`The server answered ${response.status}`)
  const decoder = new FrameDecoder(limits.updateBytes)
  const messages = decoder.push(body).map(decodeMessage)
  decoder.end()
  const doc = new Y.Doc()
  let changes = 0
  doc.on('update', () => (changes += 1))
  let updates = 0
  let present = 0
  let head = Infinity
  let position = 0
  for (const message of messages) {
    if (message.type === 'error') throw new Error(`The server broke off: ${message.code}`)
    if (message.type === 'hello') ({ head } = message)
    if (message.type === 'position') position = message.offset
    if (message.type === 'presence') present += presentIn(message.presence)
    if (message.type !== 'update') continue
    updates += 1
    Y.applyUpdate(doc, message.update)
  }
  if (position < head) throw new Error(`The server ended at ${position} of ${head}`)
  const text = doc.getText('text').toJSON()
  doc.destroy()
  return { text, repeated: updates - changes, present }
}

/** Clients with a state in an awareness update of y-protocols. */
function presentIn(presence: Uint8Array): number {
  const decoder = decoding.createDecoder(presence)
  const count = decoding.readVarUint(decoder)
  let present = 0
  for (let n = 0; n < count; n += 1) {
    decoding.readVarUint(decoder)
    decoding.readVarUint(decoder)
    if (decoding.readVarString(decoder) !== 'null') present += 1
  }
  return present
}
