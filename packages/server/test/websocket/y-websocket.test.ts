import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CometpadProvider, browserEnvironment } from '@cometpad/provider'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { Awareness } from 'y-protocols/awareness'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { ServerProcess } from '../server-process.ts'

/** Somebody with a document and presence, whichever provider brings them to the others. */
interface Person {
  readonly doc: Y.Doc
  readonly awareness: Awareness
  disconnect(): void
  connect(): void
  destroy(): void
}

const WAIT = { timeout: 60_000, interval: 20 }
const people: Person[] = []
let folder = ''
let server: ServerProcess

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cometpad-plain-'))
  server = new ServerProcess(folder)
  await server.start()
}, 180_000)

afterEach(() => {
  for (const person of people.splice(0)) person.destroy()
})

afterAll(async () => {
  await server.stop()
  await rm(folder, { recursive: true })
})

/** With the client as it is published, and no option but what Node lacks. */
function plain(documentId: string): Person {
  const doc = new Y.Doc()
  const awareness = new Awareness(doc)
  const provider = new WebsocketProvider(`${server.url}/v1/ws`, documentId, doc, {
    awareness,
    WebSocketPolyfill: WebSocket as unknown as typeof globalThis.WebSocket,
    // Two of them in one process would find each other without the server.
    disableBc: true,
  })
  return seated({ doc, awareness, provider })
}

function ours(documentId: string): Person {
  const doc = new Y.Doc()
  const awareness = new Awareness(doc)
  const environment = browserEnvironment(WebSocket)
  const provider = new CometpadProvider({ server: server.url, documentId, doc, awareness, environment })
  return seated({ doc, awareness, provider })
}

function seated({
  doc,
  awareness,
  provider,
}: Pick<Person, 'doc' | 'awareness'> & { provider: Omit<Person, 'doc' | 'awareness'> }): Person {
  const person: Person = {
    doc,
    awareness,
    connect: () => provider.connect(),
    disconnect: () => provider.disconnect(),
    destroy() {
      provider.destroy()
      awareness.destroy()
      doc.destroy()
    },
  }
  people.push(person)
  return person
}

function write({ doc }: Person, text: string): void {
  doc.getText('text').insert(doc.getText('text').length, text)
}

function textOf({ doc }: Person): string {
  return doc.getText('text').toJSON()
}

/** Everybody has the same text, and it holds all of these words once. */
async function expectAll(everybody: readonly Person[], words: readonly string[]): Promise<void> {
  const length = words.join('').length
  await expect
    .poll(() => everybody.map((person) => textOf(person).length), WAIT)
    .toEqual(everybody.map(() => length))
  const [first = ''] = everybody.map(textOf)
  expect(everybody.map(textOf)).toEqual(everybody.map(() => first))
  for (const word of words) expect(first).toContain(word)
}

/** What `person` sees of `other`. */
function seenBy({ awareness }: Person, other: Person): unknown {
  return awareness.getStates().get(other.doc.clientID)?.['name']
}

describe('the WebsocketProvider of y-websocket, as it is published', () => {
  it('[SY7] sees what our provider writes, and is seen by it', async () => {
    const [theirs, our] = [plain('both'), ours('both')]
    write(theirs, 'from theirs. ')
    write(our, 'from ours. ')
    await expectAll([theirs, our], ['from theirs. ', 'from ours. '])
    theirs.doc.getText('text').delete(0, 5)
    await expect.poll(() => textOf(our).length, WAIT).toBe('from theirs. from ours. '.length - 5)
    expect(textOf(our)).toBe(textOf(theirs))
  })

  it('[SY7, PR1, PR8] sees who is there with our provider, and is seen; and sees who goes', async () => {
    const [theirs, our] = [plain('presence'), ours('presence')]
    theirs.awareness.setLocalStateField('name', 'Ada')
    our.awareness.setLocalStateField('name', 'Grace')
    await expect.poll(() => [seenBy(our, theirs), seenBy(theirs, our)], WAIT).toEqual(['Ada', 'Grace'])
    theirs.awareness.setLocalStateField('name', 'Ada L.')
    await expect.poll(() => seenBy(our, theirs), WAIT).toBe('Ada L.')
    our.disconnect()
    await expect.poll(() => seenBy(theirs, our), WAIT).toBeUndefined()
    our.connect()
    await expect.poll(() => seenBy(theirs, our), WAIT).toBe('Grace')
    theirs.disconnect()
    await expect.poll(() => seenBy(our, theirs), WAIT).toBeUndefined()
    theirs.connect()
    await expect.poll(() => seenBy(our, theirs), WAIT).toBe('Ada L.')
  })

  it('[SY7, SY1] brings and gets what was written while either was away', async () => {
    const [theirs, our] = [plain('away'), ours('away')]
    write(theirs, 'one. ')
    await expectAll([theirs, our], ['one. '])
    theirs.disconnect()
    write(theirs, 'two, away. ')
    write(our, 'three. ')
    theirs.connect()
    await expectAll([theirs, our], ['one. ', 'two, away. ', 'three. '])
    our.disconnect()
    write(our, 'four, away. ')
    write(theirs, 'five. ')
    our.connect()
    await expectAll([theirs, our], ['one. ', 'two, away. ', 'three. ', 'four, away. ', 'five. '])
  })

  it('[SY7, LG1] finds everything again when the server was killed, and so do those who come later', async () => {
    const [theirs, our] = [plain('killed'), ours('killed')]
    theirs.awareness.setLocalStateField('name', 'Ada')
    our.awareness.setLocalStateField('name', 'Grace')
    write(theirs, 'before. ')
    write(our, 'also before. ')
    const before = ['before. ', 'also before. ']
    await expectAll([theirs, our], before)
    await server.kill()
    write(theirs, 'theirs meanwhile. ')
    write(our, 'ours meanwhile. ')
    await server.start()
    const all = [...before, 'theirs meanwhile. ', 'ours meanwhile. ']
    await expectAll([theirs, our], all)
    await expect.poll(() => [seenBy(our, theirs), seenBy(theirs, our)], WAIT).toEqual(['Ada', 'Grace'])
    await expectAll([plain('killed'), ours('killed')], all)
  }, 180_000)
})
