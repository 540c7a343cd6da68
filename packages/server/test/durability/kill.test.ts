import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SeededRandom } from '@cometpad/shared/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { openLevelLog } from '../../src/storage/index.ts'
import { bundle } from '../bundle.ts'
import type { Bundle } from '../bundle.ts'
import { updatesOf } from '../faults/numbers.ts'
import { ServerProcess } from '../server-process.ts'
import { Reports } from '../storage/folders.ts'
import { TRANSPORTS, Typist, faultIn, newcomersText } from './typist.ts'
import type { Told } from './typist.ts'

// The long form: TEST_KILL_ROUNDS=1000 npx vitest run packages/server/test/durability (docs/testing.md).
const ROUNDS = Number(process.env['TEST_KILL_ROUNDS'] ?? 100)
const SEED = Number(process.env['TEST_SEED'] ?? 1)
const TYPISTS = 20
/** Documents of each round, so that a newcomer's share does not grow with the rounds. */
const DOCUMENTS = 4
/** The server dies when so many words of a round were saved, or fewer: by progress, so that a slow machine sees the same. */
const MOST_WORDS = 100
/** Twenty people and a server share the cores with whatever else is tested. */
const PATIENCE_MS = 120_000

let program: Bundle
let folder = ''
let server: ServerProcess

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cometpad-kill-'))
  program = await bundle('src/main.ts')
  server = new ServerProcess(folder, { file: program.file })
  await server.start()
}, 180_000)

afterAll(async () => {
  await server.kill()
  await program.remove()
  await rm(folder, { recursive: true })
})

test(
  `[LG1] of what ${TYPISTS} people were told is saved nothing is lost in ${ROUNDS} rounds of kill -9`,
  async () => {
    const random = new SeededRandom(SEED)
    const told: Told[] = []
    for (let round = 0; round < ROUNDS; round += 1) {
      const now = await typeUntil(random.below(MOST_WORDS), round)
      told.push(...now)
      await server.start()
      const texts = await Promise.all(
        TRANSPORTS.map((transport, n) => newcomersText(server.url, documentOf(round, n), transport)),
      )
      for (const typist of now) {
        const n = now.indexOf(typist) % DOCUMENTS
        expect(faultIn(texts[n] ?? '', typist), `round ${round}, seed ${SEED}`).toBeUndefined()
      }
    }
    await server.kill()
    // What survived its own round has to survive all the others as well.
    const texts = await textsIn(folder)
    for (const typist of told)
      expect(faultIn(texts.get(typist.documentId) ?? '', typist), `at the end, seed ${SEED}`).toBeUndefined()
    // A run in which nothing was saved would prove nothing.
    for (const transport of TRANSPORTS)
      expect(
        sum(told.filter((typist) => typist.transport === transport).map(({ saved }) => saved)),
      ).toBeGreaterThan(0)
    const typed = sum(told.map((typist) => typist.typed))
    const saved = sum(told.map((typist) => typist.saved))
    process.stdout.write(
      `kill -9: ${ROUNDS} rounds, ${TYPISTS} typists, ${typed} words typed, ${saved} told saved, 0 of these lost\n`,
    )
  },
  120_000 + ROUNDS * 10_000,
)

/** Has everybody type until so many words are saved, kills the server, and gives what everybody was told until then. */
async function typeUntil(words: number, round: number): Promise<Told[]> {
  const typists = Array.from({ length: TYPISTS }, (_, n) => {
    // Each document has typists of every transport.
    const transport = TRANSPORTS[Math.floor(n / DOCUMENTS) % TRANSPORTS.length] ?? 'auto'
    return new Typist(server.url, documentOf(round, n), `${round}.${n}`, transport)
  })
  await expect
    .poll(() => sum(typists.map(({ told }) => told.saved)), { timeout: PATIENCE_MS, interval: 5 })
    .toBeGreaterThanOrEqual(words)
  await server.kill()
  // Whatever had arrived here by now was told.
  const told = typists.map((typist) => typist.told)
  for (const typist of typists) typist.leave()
  return told
}

function documentOf(round: number, n: number): string {
  return `kill-${round}-${n % DOCUMENTS}`
}

/** All documents, read from the folder without a server. */
async function textsIn(data: string): Promise<Map<string, string>> {
  const { log, close } = await openLevelLog({ folder: data, report: new Reports() })
  const texts = new Map<string, string>()
  for (let after = '', page; page?.next !== null; after = page.next ?? '') {
    page = await log.list({ after, limit: 100 })
    for (const { documentId } of page.documents) {
      const doc = new Y.Doc()
      for (const update of await updatesOf(log, documentId)) Y.applyUpdate(doc, update)
      texts.set(documentId, doc.getText('text').toJSON())
    }
  }
  await close()
  return texts
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
