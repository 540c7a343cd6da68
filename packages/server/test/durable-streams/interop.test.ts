/** The published client of the Durable Streams Yjs protocol as it is, together with y-websocket's and ours, in one document. */
import { YjsProvider } from '@durable-streams/y-durable-streams'
import { CometpadProvider, browserEnvironment } from '@cometpad/provider'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { Awareness } from 'y-protocols/awareness'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { RealServer } from '../real-server.ts'

interface Person {
  readonly doc: Y.Doc
  readonly awareness: Awareness
  /** Is everything here that was there? */
  isHere(): boolean
  /** Has it given up, and does not come back by itself? */
  hasStopped(): boolean
  destroy(): void
}

const WAIT = { timeout: 60_000, interval: 20 }
let people: Person[] = []
let server: RealServer

beforeEach(async () => {
  server = await RealServer.start()
})
afterEach(async () => {
  for (const person of people) person.destroy()
  people = []
  await server.close()
})

function durable(documentId: string, liveMode: 'sse' | 'long-poll'): Person {
  const doc = new Y.Doc()
  const awareness = new Awareness(doc)
  const baseUrl = `${server.url}/v1/yjs`
  const provider = new YjsProvider({ doc, awareness, baseUrl, docId: documentId, liveMode })
  return seated({
    doc,
    awareness,
    isHere: () => provider.synced,
    hasStopped: () => !provider.connected && !provider.connecting,
    destroy: () => provider.destroy(),
  })
}

function ours(documentId: string): Person {
  const doc = new Y.Doc()
  const awareness = new Awareness(doc)
  const environment = browserEnvironment(WebSocket)
  const provider = new CometpadProvider({ server: server.url, documentId, doc, awareness, environment })
  let isHere = false
  provider.on('sync', (synced) => (isHere = synced))
  return seated({
    doc,
    awareness,
    isHere: () => isHere,
    hasStopped: () => provider.stopCode === 'DOCUMENT_NOT_FOUND',
    destroy: () => provider.destroy(),
  })
}

function plain(documentId: string): Person {
  const doc = new Y.Doc()
  const awareness = new Awareness(doc)
  const provider = new WebsocketProvider(`${server.url}/v1/ws`, documentId, doc, {
    awareness,
    WebSocketPolyfill: WebSocket as unknown as typeof globalThis.WebSocket,
    disableBc: true,
  })
  return seated({
    doc,
    awareness,
    isHere: () => provider.synced,
    hasStopped: () => !provider.shouldConnect && !provider.wsconnected,
    destroy: () => provider.destroy(),
  })
}

function seated(person: Person): Person {
  people.push({
    ...person,
    destroy() {
      person.destroy()
      person.awareness.destroy()
      person.doc.destroy()
    },
  })
  return person
}

async function allHere(): Promise<void> {
  await expect.poll(() => people.every((person) => person.isHere()), WAIT).toBe(true)
}

function texts(): string[] {
  return people.map(({ doc }) => doc.getText('t').toJSON())
}

function type({ doc }: Person, text: string): void {
  doc.getText('t').insert(doc.getText('t').length, text)
}

describe.each(['sse', 'long-poll'] as const)('YjsProvider over %s', (liveMode) => {
  it('[DS1] edits one document with the provider of y-websocket and with ours', async () => {
    const everybody = [durable('d', liveMode), durable('d', liveMode), ours('d'), plain('d')]
    await allHere()
    for (let round = 0; round < 5; round += 1)
      for (const [index, person] of everybody.entries()) type(person, `${index}`)
    // Typed at once by four, in whatever order: every letter once with everybody.
    await expect.poll(() => new Set(texts()).size === 1 && texts()[0]?.length, WAIT).toBe(20)
    for (const letter of '0123') expect(texts()[0]?.split(letter).length).toBe(6)
    const late = durable('d', liveMode)
    await expect.poll(() => late.doc.getText('t').toJSON(), WAIT).toBe(texts()[0])
  })

  it('[GN6, DS14] stops like all others when the document is deleted, and none of them brings it back', async () => {
    const everybody = [durable('gone', liveMode), ours('gone'), plain('gone')]
    await allHere()
    for (const person of everybody) type(person, 'x')
    await expect.poll(() => texts().join(), WAIT).toBe('xxx,xxx,xxx')
    const path = '/v1/yjs/docs/gone'
    expect((await server.ask(path, { method: 'DELETE' })).status).toBe(204)
    // Not the first: when its writing is refused it connects anew, and that begins with a PUT.
    for (const person of everybody.slice(1)) type(person, 'late')
    await expect.poll(() => everybody.map((person) => person.hasStopped()), WAIT).toEqual([true, true, true])
    expect((await server.ask(path, { method: 'HEAD' })).status).toBe(404)
  })

  it('[DS12] sees the presence of the others and is seen, and is gone when it leaves', async () => {
    const everybody = [durable('p', liveMode), durable('p', liveMode), ours('p'), plain('p')]
    await allHere()
    for (const [index, { awareness }] of everybody.entries()) awareness.setLocalState({ name: `n${index}` })
    const namesOf = ({ awareness }: Person): string =>
      Array.from(awareness.getStates().values(), (state) => String(state['name']))
        .toSorted()
        .join()
    await expect.poll(() => everybody.map(namesOf), WAIT).toEqual(everybody.map(() => 'n0,n1,n2,n3'))
    everybody[0]?.destroy()
    await expect
      .poll(() => everybody.slice(1).map(namesOf), WAIT)
      .toEqual(['n1,n2,n3', 'n1,n2,n3', 'n1,n2,n3'])
  })
})
