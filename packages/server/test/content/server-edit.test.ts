/** Edits of the server while people are in the document: what they see, and where their carets stay. */
import { CometpadProvider, browserEnvironment } from '@cometpad/provider'
import * as Y from 'yjs'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { RealServer } from '../real-server.ts'

const WAIT = { timeout: 20_000, interval: 20 }
let server: RealServer
let people: { doc: Y.Doc; provider: CometpadProvider }[] = []

beforeAll(async () => {
  server = await RealServer.start()
})

afterEach(() => {
  for (const { provider } of people) provider.destroy()
  people = []
})

afterAll(async () => {
  await server.close()
})

async function join(documentId: string): Promise<Y.Text> {
  const doc = new Y.Doc()
  const provider = new CometpadProvider({
    server: server.url,
    documentId,
    doc,
    transport: 'ws',
    environment: browserEnvironment(WebSocket),
  })
  people.push({ doc, provider })
  await expect.poll(() => provider.synced, WAIT).toBe(true)
  return doc.getText('flow')
}

async function put(documentId: string, markdown: string): Promise<number> {
  const answer = await server.ask(`/v1/content/${documentId}`, {
    method: 'PUT',
    headers: { 'content-type': 'text/markdown' },
    body: markdown,
  })
  return answer.status
}

function textOf(flow: Y.Text): string {
  return flow
    .toDelta()
    .map(({ insert }: { insert: unknown }) => (typeof insert === 'string' ? insert : '|'))
    .join('')
}

/** The characters on both sides of a place. */
function around(flow: Y.Text, place: Y.RelativePosition): string {
  const at = Y.createAbsolutePositionFromRelativePosition(place, flow.doc ?? new Y.Doc())?.index ?? 0
  return textOf(flow).slice(Math.max(0, at - 1), at + 1)
}

function caretBehind(flow: Y.Text, words: string): Y.RelativePosition {
  return Y.createRelativePositionFromTypeIndex(flow, textOf(flow).indexOf(words) + words.length, -1)
}

describe('an edit of the server', () => {
  it('[CO3, CO4] reaches everybody who is there, and leaves carets and their own words where they are', async () => {
    expect(await put('notes', '# Plan\n\nfirst line here\n\nsecond line here\n\nthird line here\n')).toBe(201)
    const [ada, bob] = [await join('notes'), await join('notes')]
    await expect.poll(() => textOf(bob), WAIT).toBe('|Plan|first line here|second line here|third line here')
    const carets = ['first', 'second line', 'third line h'].map((words) => {
      const caret = caretBehind(ada, words)
      return { words, caret, before: around(ada, caret) }
    })
    // Somebody types meanwhile, in a line that the edit does not change, and whose words the server does not have yet.
    people[1]?.provider.disconnect()
    bob.insert(textOf(bob).indexOf(' line here|third'), ' (Bob)')
    const status = await put(
      'notes',
      '# A plan\n\nfirst line here\n\nsecond line here\n\n- new\n\nthird line is here\n',
    )
    expect(status).toBe(204)
    people[1]?.provider.connect()
    const expected = '|A plan|first line here|second (Bob) line here|new|third line is here'
    await expect.poll(() => [textOf(ada), textOf(bob)], WAIT).toEqual([expected, expected])
    for (const { words, caret, before } of carets)
      expect([words, around(ada, caret)]).toEqual([words, before])
  })

  it('[CO3] writes as little as a person who makes the same change would', async () => {
    const lines = Array.from({ length: 400 }, (_, at) => `Line ${at} of a long text, with **bold** words.`)
    expect(await put('long', lines.join('\n\n'))).toBe(201)
    const flow = await join('long')
    let bytes = 0
    people[0]?.doc.on('update', (update: Uint8Array) => (bytes += update.length))
    lines[3] = 'Line 3 of a long text, with **bold** letters.'
    for (let at = 340; at < 380; at += 1)
      lines[at] = `Something else, which nobody knew, under number ${at * at}.`
    const caret = caretBehind(flow, 'Line 200 of')
    expect(await put('long', lines.join('\n\n'))).toBe(204)
    await expect.poll(() => textOf(flow), WAIT).toContain('|Something else')
    expect(textOf(flow)).toContain('with bold letters.|Line 4')
    expect(around(flow, caret)).toBe('f ')
    // The forty lines have 2 KB; all between the two places would be 15 KB more.
    expect(bytes).toBeLessThan(5_000)
  })

  it('[CO3] keeps what the format has no word for', async () => {
    const flow = await join('kept')
    const doc = flow.doc ?? new Y.Doc()
    await put('kept', 'one\n\ntwo\n\nthree\n')
    await expect.poll(() => textOf(flow), WAIT).toBe('|one|two|three')
    doc.transact(() => {
      flow.format(5, 3, { u: 1, glow: 2 })
      flow.insertEmbed(8, new Y.Map([['T', 'hologram']]))
      const marker: unknown = flow.toDelta().at(-2)?.insert
      if (marker instanceof Y.Map) marker.set('A', 'center')
    })
    await expect.poll(() => people[0]?.provider.saved, WAIT).toBe(true)
    const answer = await server.ask('/v1/content/kept')
    expect(answer.text).toBe('one\n\ntwo\n\nthree\n')
    expect(await put('kept', 'zero\n\none\n\ntwo\n\nthree and four\n')).toBe(204)
    await expect.poll(() => textOf(flow), WAIT).toBe('|zero|one|two||three and four')
    const delta: { insert: unknown; attributes?: unknown }[] = flow.toDelta()
    expect(delta).toContainEqual({ insert: 'two', attributes: { u: 1, glow: 2 } })
    const markers = delta.flatMap(({ insert }) => (insert instanceof Y.Map ? [insert.toJSON()] : []))
    expect(markers.slice(-2)).toEqual([{ T: 'hologram' }, { A: 'center' }])
  })
})
