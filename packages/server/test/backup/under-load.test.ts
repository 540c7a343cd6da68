import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CometpadProvider, browserEnvironment } from '@cometpad/provider'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import * as Y from 'yjs'
import { runCommandLine } from '../../src/cli/run.ts'
import { ServerProcess } from '../server-process.ts'
import { contentsOf } from './stores.ts'

const WRITERS = 20
const DOCUMENTS = 5
const BACKUPS = 3

/** Somebody who types numbered words. What was acknowledged is counted here, outside of the server. */
class Typist {
  readonly name: string
  readonly documentId: string
  readonly #doc = new Y.Doc()
  readonly #provider: CometpadProvider
  readonly #timer: ReturnType<typeof setInterval>
  #typed = 0

  constructor(server: string, documentId: string, name: string) {
    this.name = name
    this.documentId = documentId
    this.#provider = new CometpadProvider({
      server,
      documentId,
      doc: this.#doc,
      awareness: null,
      environment: browserEnvironment(WebSocket),
    })
    this.#timer = setInterval(() => this.#type(), 10)
  }

  get saved(): number {
    return this.#typed - this.#provider.unsavedChanges
  }

  leave(): void {
    clearInterval(this.#timer)
    this.#provider.destroy()
  }

  #type(): void {
    const text = this.#doc.getText('t')
    text.insert(text.length, `<${this.name}:${this.#typed}>`)
    this.#typed += 1
  }
}

let folder = ''
let server: ServerProcess
const at = (name: string): string => join(folder, name)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cometpad-load-'))
  server = new ServerProcess(at('data'))
  await server.start()
}, 180_000)

afterAll(async () => {
  await server.kill()
  await rm(folder, { recursive: true })
})

async function cometpad(...argv: string[]): Promise<void> {
  let errors = ''
  const code = await runCommandLine(argv, {
    env: {},
    print: () => {},
    tell: (text) => (errors += text),
    isWatched: false,
  })
  expect({ code, errors }).toEqual({ code: 0, errors: '' })
}

test(`[BK1] a backup while ${WRITERS} people type holds everything that was acknowledged before it began`, async () => {
  const typists = Array.from(
    { length: WRITERS },
    (_, n) => new Typist(server.url, `load-${n % DOCUMENTS}`, `w${n}`),
  )
  await expect
    .poll(() => Math.min(...typists.map(({ saved }) => saved)), { timeout: 60_000 })
    .toBeGreaterThan(20)
  const files: string[] = []
  let checked = 0
  for (let round = 0; round < BACKUPS; round += 1) {
    const journal = typists.map(({ name, documentId, saved }) => ({ name, documentId, saved }))
    const file = at(`backup-${round}`)
    const since = files.at(-1)
    // The first is whole, and each of the others continues the one before.
    await cometpad('backup', file, '--data', at('data'), ...(since === undefined ? [] : ['--since', since]))
    files.push(file)
    const target = at(`restored-${round}`)
    await cometpad('restore', ...files, '--data', target)
    const contents = await contentsOf(target)
    for (const { name, documentId, saved } of journal) {
      const content = contents[documentId]
      const text = typeof content === 'object' ? content.text : ''
      const present = Array.from(text.matchAll(/<([^:>]+):(\d+)>/g))
        .filter(([, writer]) => writer === name)
        .map(([, , number]) => Number(number))
      expect(present, `${name} in backup ${round}`).toEqual(
        Array.from({ length: present.length }, (_, n) => n),
      )
      expect(present.length, `${name} in backup ${round}`).toBeGreaterThanOrEqual(saved)
      checked += saved
    }
  }
  const saved = typists.reduce((sum, typist) => sum + typist.saved, 0)
  for (const typist of typists) typist.leave()
  expect(checked).toBeGreaterThan(WRITERS * 20 * BACKUPS)
  process.stdout.write(
    `backup under load: ${BACKUPS} backups while ${WRITERS} typed ${saved} words, ${checked} acknowledged words looked up, 0 missing\n`,
  )
}, 120_000)
