import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CometpadProvider, browserEnvironment } from '@cometpad/provider'
import { SeededRandom } from '@cometpad/shared/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import * as Y from 'yjs'
import { ServerProcess } from '../server-process.ts'

// The long form: TEST_KILL_ROUNDS=1000 npx vitest run packages/server/test/durability (docs/testing.md).
const ROUNDS = Number(process.env['TEST_KILL_ROUNDS'] ?? 30)
const SEED = Number(process.env['TEST_SEED'] ?? Date.now() % 1_000_000)
/** One for each way to the server. */
const TRANSPORTS = ['auto', 'ws', 'stream', 'poll'] as const
const DOCUMENTS = 2

/** Somebody who types numbered words until the server is gone. The oracle is here, outside of the server. */
class Writer {
  readonly name: string
  readonly documentId: string
  readonly #doc = new Y.Doc()
  readonly #provider: CometpadProvider
  #timer: ReturnType<typeof setInterval> | undefined
  #typed = 0

  constructor(server: string, documentId: string, name: string, transport: (typeof TRANSPORTS)[number]) {
    this.name = name
    this.documentId = documentId
    this.#provider = new CometpadProvider({
      server,
      documentId,
      doc: this.#doc,
      awareness: null,
      transport,
      environment: browserEnvironment(WebSocket),
    })
    this.#timer = setInterval(() => this.#type(), 5)
  }

  /** So many of its words were said to be saved. */
  get saved(): number {
    return this.#typed - this.#provider.unsavedChanges
  }

  get typed(): number {
    return this.#typed
  }

  /** Gone for good, with everything it has not saved: nobody can send it again. */
  leave(): void {
    clearInterval(this.#timer)
    this.#provider.destroy()
    this.#doc.destroy()
  }

  #type(): void {
    const text = this.#doc.getText('text')
    text.insert(text.length, `<${this.name}:${this.#typed}>`)
    this.#typed += 1
  }
}

async function textOf(server: string, documentId: string): Promise<string> {
  const doc = new Y.Doc()
  const provider = new CometpadProvider({
    server,
    documentId,
    doc,
    awareness: null,
    environment: browserEnvironment(WebSocket),
  })
  await new Promise<void>((resolve) => provider.on('sync', (synced: boolean) => synced && resolve()))
  const text = doc.getText('text').toJSON()
  provider.destroy()
  return text
}

let folder = ''
let server: ServerProcess

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cometpad-kill-'))
  server = new ServerProcess(folder)
  await server.start()
}, 180_000)

afterAll(async () => {
  await server.kill()
  await rm(folder, { recursive: true })
})

test(
  `[LG1] of what was said to be saved nothing is lost in ${ROUNDS} rounds of kill -9`,
  async () => {
    const random = new SeededRandom(SEED)
    let saved = 0
    let typed = 0
    for (let round = 0; round < ROUNDS; round += 1) {
      const writers = TRANSPORTS.map(
        (transport, n) => new Writer(server.url, `kill-${n % DOCUMENTS}`, `${round}.${n}`, transport),
      )
      await new Promise((resolve) => setTimeout(resolve, 150 + random.below(500)))
      await server.kill()
      const journal = writers.map(({ name, documentId, saved, typed }) => ({
        name,
        documentId,
        saved,
        typed,
      }))
      for (const writer of writers) writer.leave()
      await server.start()

      const texts = new Map<string, string>()
      for (const { name, documentId, saved: told, typed: all } of journal) {
        const text = texts.get(documentId) ?? (await textOf(server.url, documentId))
        texts.set(documentId, text)
        const present = Array.from(text.matchAll(/<([^:>]+):(\d+)>/g))
          .filter(([, writer]) => writer === name)
          .map(([, , number]) => Number(number))
          .toSorted((a, b) => a - b)
        const where = `round ${round}, writer ${name}, seed ${SEED}`
        // No hole: what is there begins with the first word and misses none up to the last.
        expect(present, where).toEqual(Array.from({ length: present.length }, (_, number) => number))
        expect(present.length, `${where}: words present, of ${told} told saved`).toBeGreaterThanOrEqual(told)
        saved += told
        typed += all
      }
    }
    // A run in which nothing was saved would prove nothing.
    expect(saved).toBeGreaterThan(ROUNDS * TRANSPORTS.length)
    process.stdout.write(
      `kill -9: ${ROUNDS} rounds, ${typed} words typed, ${saved} told saved, 0 of these lost\n`,
    )
  },
  60_000 + ROUNDS * 10_000,
)
