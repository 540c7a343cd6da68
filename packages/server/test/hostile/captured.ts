/** What people who write together really send, message by message: as a proxy between them and the server would see it. */
import { encodeMessage } from '@cometpad/shared'
import { SeededRandom } from '@cometpad/shared/testing'
import { Awareness, encodeAwarenessUpdate } from 'y-protocols/awareness'
import * as Y from 'yjs'

const STEPS = 300

/** Of two writers in one document; the first message begins it. */
export function capture(seed: number): readonly Uint8Array[] {
  const random = new SeededRandom(seed)
  const sent: Uint8Array[] = []
  const docs = [11, 12].map((client) => {
    const doc = new Y.Doc()
    doc.clientID = client
    doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin === 'network') return
      sent.push(encodeMessage({ type: 'update', update }).slice())
      for (const other of docs) if (other !== doc) Y.applyUpdate(other, update, 'network')
    })
    return doc
  })
  const awarenesses = docs.map((doc) => new Awareness(doc))
  docs[0]?.getText('t').insertEmbed(0, new Y.Map())
  for (let step = 0; step < STEPS; step += 1) {
    const who = random.below(docs.length)
    const [doc, awareness] = [docs[who], awarenesses[who]]
    if (doc === undefined || awareness === undefined) throw new TypeError('Nobody is there')
    const text = doc.getText('t')
    random.pick<() => void>([
      () =>
        text.insert(
          random.below(text.length + 1),
          random.pick(['a', 'words ', 'Grüße', '👍🏽', 'x'.repeat(300)]),
        ),
      () => text.insert(text.length, 'typed'),
      () => text.length > 3 && text.delete(random.below(text.length - 3), 2),
      () =>
        text.length > 1 &&
        text.format(0, 1 + random.below(text.length - 1), { b: true, href: 'https://a.example' }),
      () => text.insertEmbed(random.below(text.length + 1), new Y.Map([['T', 'h1']])),
      () => text.insertEmbed(text.length, { image: '/a.png', size: [1, { w: 2 }] }),
      () =>
        doc
          .getMap('meta')
          .set(random.pick(['a', 'b']), random.pick<unknown>([1, 'x', [null, 2.5], { deep: {} }])),
      () => {
        awareness.setLocalState({ user: { name: 'Ana' }, cursor: { at: step } })
        sent.push(
          encodeMessage({
            type: 'presence',
            presence: encodeAwarenessUpdate(awareness, [doc.clientID]),
          }).slice(),
        )
      },
      () => sent.push(encodeMessage({ type: 'vector', vector: Y.encodeStateVector(doc) }).slice()),
      () => sent.push(encodeMessage({ type: 'answer', update: Y.encodeStateAsUpdate(doc) }).slice()),
      () => sent.push(encodeMessage({ type: 'broadcast', payload: Uint8Array.of(1, 2, 3) }).slice()),
      () => sent.push(encodeMessage({ type: 'presenceQuery' }).slice()),
      () => sent.push(encodeMessage({ type: 'token', token: 'aaaa.bbbb.cccc' }).slice()),
      () => {
        const whole = encodeMessage({ type: 'update', update: Y.encodeStateAsUpdate(doc) }).slice()
        const middle = Math.floor(whole.length / 2)
        sent.push(encodeMessage({ type: 'part', last: false, bytes: whole.subarray(0, middle) }).slice())
        sent.push(encodeMessage({ type: 'part', last: true, bytes: whole.subarray(middle) }).slice())
      },
    ])()
  }
  for (const awareness of awarenesses) awareness.destroy()
  return sent
}

/** The message with one to four wounds; now and then with something of another one. */
export function mutate(random: SeededRandom, message: Uint8Array, all: readonly Uint8Array[]): Uint8Array {
  let bytes = message
  for (let wounds = 1 + random.below(4); wounds > 0; wounds -= 1) bytes = wound(random, bytes, all)
  return bytes
}

/** The largest of four bytes, the largest at all, and one that is written longer than it is. */
const NUMBERS = [
  Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f),
  Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f),
  Uint8Array.of(0x80, 0x80, 0),
]

function wound(random: SeededRandom, bytes: Uint8Array, all: readonly Uint8Array[]): Uint8Array {
  const at = random.below(bytes.length + 1)
  const to = Math.min(bytes.length, at + random.below(12))
  const join = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))
  const [head, rest] = [bytes.subarray(0, at), bytes.subarray(at)]
  switch (random.below(9)) {
    case 0: // a bit
      return at < bytes.length ? withByte(bytes, at, (bytes[at] ?? 0) ^ (1 << random.below(8))) : bytes
    case 1: // a byte
      return at < bytes.length ? withByte(bytes, at, random.below(256)) : bytes
    case 2: // one that means much: the end, a continued number, a flag
      return at < bytes.length ? withByte(bytes, at, random.pick([0, 1, 0x7f, 0x80, 0xff])) : bytes
    case 3: // cut
      return head.length > 0 ? head : bytes
    case 4: // something taken out
      return bytes.length > to - at ? join(head, bytes.subarray(to)) : bytes
    case 5: // something put in
      return join(
        head,
        Uint8Array.from({ length: 1 + random.below(8) }, () => random.below(256)),
        rest,
      )
    case 6: // a number that grows
      return join(head, random.pick(NUMBERS), rest)
    case 7: // said again
      return join(head, bytes.subarray(at, to), rest)
    default: {
      // the end of another one
      const other = random.pick(all)
      return join(head, other.subarray(random.below(other.length)))
    }
  }
}

function withByte(bytes: Uint8Array, at: number, byte: number): Uint8Array {
  const copy = bytes.slice()
  copy[at] = byte
  return copy
}
