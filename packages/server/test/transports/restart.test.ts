/**
 * A server that restarts under many clients, each with every transport at hand: that is no reason for any of them to leave
 * the WebSocket. Only a network that refuses WebSockets while HTTP works is one.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CometpadProvider, browserEnvironment } from '@cometpad/provider'
import type { Environment, TransportName } from '@cometpad/provider'
import { limits } from '@cometpad/shared'
import type { Clock } from '@cometpad/shared'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import * as Y from 'yjs'
import { bundle } from '../bundle.ts'
import type { Bundle } from '../bundle.ts'
import { ServerProcess } from '../server-process.ts'

const CLIENTS = 200
const DOCUMENTS = 10
const RESTARTS = 3
/** Starting takes about as long on a machine that has nothing else to do. */
const QUICK_START_MS = 800
/** Slower than this the waits between tries would be longer than anybody's patience. */
const MOST_SLOW = 5
const WAIT = { timeout: 120_000, interval: 50 }

class Client {
  readonly number: number
  readonly doc = new Y.Doc()
  readonly provider: CometpadProvider
  /** Every transport that edits ever travelled over. */
  readonly used = new Set<TransportName>()

  constructor(server: string, number: number, environment: Environment) {
    this.number = number
    const documentId = `restart-${number % DOCUMENTS}`
    this.provider = new CometpadProvider({ server, documentId, doc: this.doc, awareness: null, environment })
    this.provider.on('transport', ({ transport }) => {
      if (transport !== undefined) this.used.add(transport)
    })
  }

  get isBack(): boolean {
    const { transportState, synced, saved } = this.provider
    return transportState.transport === 'ws' && synced && saved
  }

  write(word: string): void {
    const text = this.doc.getText('text')
    text.insert(text.length, `<${this.number}:${word}>`)
  }

  get words(): string[] {
    const words =
      this.doc
        .getText('text')
        .toJSON()
        .match(/<[^>]*>/g) ?? []
    return words.toSorted()
  }
}

let folder = ''
let program: Bundle
let server: ServerProcess
/** How much slower than others this machine is now. */
let slowness = 1
/** Time that passed for the clients alone. */
let skippedMs = 0
const clients: Client[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cometpad-restart-'))
  program = await bundle('src/main.ts')
  server = new ServerProcess(folder, { file: program.file })
  const since = performance.now()
  await server.start()
  slowness = Math.min(MOST_SLOW, Math.max(1, (performance.now() - since) / QUICK_START_MS))
}, 120_000)

afterAll(async () => {
  for (const { provider, doc } of clients) {
    provider.destroy()
    doc.destroy()
  }
  await server.kill()
  await rm(folder, { recursive: true })
  await program.remove()
}, 60_000)

/**
 * Time passes for the clients as slowly as the machine is slow. It is right to doubt a WebSocket that has said nothing for
 * seconds, and where two hundred clients and a server share one busy core every one of them may be so late.
 */
function slowEnvironment(): Environment {
  const environment = browserEnvironment(WebSocket)
  const { clock: real } = environment
  const clock: Clock = {
    now: () => real.now() / slowness + skippedMs,
    after: (ms, run) => real.after(ms * slowness, run),
  }
  return { ...environment, clock, storage: undefined, offlineStore: undefined }
}

async function everybodyIsBack(): Promise<void> {
  await expect.poll(() => clients.filter(({ isBack }) => !isBack).length, WAIT).toBe(0)
}

test(`[CH5, CH12] after ${RESTARTS} restarts of the server all of ${CLIENTS} clients are on ws, and none was ever elsewhere`, async () => {
  for (let number = 0; number < CLIENTS; number += 1)
    clients.push(new Client(server.url, number, slowEnvironment()))
  await everybodyIsBack()
  skippedMs += limits.provedMs
  for (let round = 0; round < RESTARTS; round += 1) {
    await server.kill()
    for (const client of clients) client.write(String(round))
    await server.start()
    await everybodyIsBack()
    // Long enough for the connections to count as good: one that breaks within seconds, three times in a row, is CH8.
    skippedMs += limits.provedMs
  }
  const elsewhere = clients.filter(({ used }) => used.has('stream') || used.has('poll'))
  expect(elsewhere.map(({ number, used }) => `${number}: ${Array.from(used).join()}`)).toEqual([])
  // And nothing of what was written meanwhile is lost or doubled.
  for (let number = 0; number < CLIENTS; number += 1) {
    const writers = clients.filter((other) => other.number % DOCUMENTS === number % DOCUMENTS)
    const expected = writers.flatMap((other) =>
      Array.from({ length: RESTARTS }, (_, round) => `<${other.number}:${round}>`),
    )
    expect(clients[number]?.words).toEqual(expected.toSorted())
  }
}, 400_000)
