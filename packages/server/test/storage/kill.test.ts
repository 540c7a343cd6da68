import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { SeededRandom } from '@cometpad/shared/testing'
import { openLevelLog } from '../../src/storage/index.ts'
import { Reports, memoryFolder } from './folders.ts'

const CHILD = fileURLToPath(new URL('./appending-child.ts', import.meta.url))
/** A few here; the long loop runs elsewhere. */
const ROUNDS = 5

let folder: string
let remove: () => Promise<void>

beforeEach(async () => {
  ;({ folder, remove } = await memoryFolder())
})

afterEach(() => remove())

/** Lets a process append, kills it after so many acknowledged entries, and gives the newest of each document. */
async function appendAndKill(lines: number): Promise<Map<string, number>> {
  const child = spawn(process.execPath, ['--import', 'tsx', '-C', '@cometpad/source', CHILD, folder], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    if (output.split('\n').length > lines) child.kill('SIGKILL')
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const [, signal] = (await once(child, 'close')) as [number | null, string | null]
  expect({ signal, errors }).toEqual({ signal: 'SIGKILL', errors: '' })
  const acknowledged = new Map<string, number>()
  // The last line may be cut.
  for (const line of output.split('\n').slice(0, -1)) {
    const [documentId = '', offset] = line.split(' ')
    acknowledged.set(documentId, Number(offset))
  }
  return acknowledged
}

describe('a process that is killed', () => {
  it('[DU1] loses nothing that it has acknowledged', async () => {
    const random = new SeededRandom(4)
    const acknowledged = new Map<string, number>()
    let compactions = 0
    for (let round = 1; round <= ROUNDS; round += 1) {
      for (const [documentId, offset] of await appendAndKill(100 + random.below(400)))
        acknowledged.set(documentId, offset)
      const reports = new Reports()
      const { log, close } = await openLevelLog({ folder, report: reports })
      expect(acknowledged.size).toBe(5)
      for (const [documentId, offset] of acknowledged) {
        const head = await log.find(documentId)
        expect(head?.head).toBeGreaterThanOrEqual(offset)
        const doc = new Y.Doc()
        const snapshot = await log.snapshot(documentId)
        if (snapshot !== undefined) {
          Y.applyUpdate(doc, snapshot.update)
          compactions += 1
        }
        const entries = await log.read(documentId, head?.snapshotOffset ?? 0, Infinity)
        if (entries === 'compacted') throw new TypeError('Nobody compacts here')
        for (const { update } of entries) Y.applyUpdate(doc, update)
        const expected = Array.from({ length: head?.head ?? 0 }, (_, n) => n + 1)
        expect(doc.getArray('offsets').toArray()).toEqual(expected)
      }
      expect(reports.all).toEqual([])
      await close()
    }
    expect(compactions).toBeGreaterThan(0)
  }, 300_000)
})
