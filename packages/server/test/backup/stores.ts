/** Stores, backups of them, and what is in both, for the tests of backups. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as Y from 'yjs'
import { chunksOf } from '../../src/control/chunks.ts'
import { catalogOf, inspectBackup, openLevelLog } from '../../src/storage/index.ts'
import type { OpenedLog } from '../../src/storage/index.ts'
import { Reports } from '../storage/folders.ts'

export class TestStore {
  readonly folder: string
  readonly log: OpenedLog
  readonly #docs = new Map<string, Y.Doc>()

  private constructor(folder: string, log: OpenedLog) {
    this.folder = folder
    this.log = log
  }

  static async open(folder: string): Promise<TestStore> {
    // Small parts, so that a snapshot has several.
    return new TestStore(
      folder,
      await openLevelLog({ folder, report: new Reports(), limits: { chunkBytes: 300 } }),
    )
  }

  /** Each word is an entry of its own. The document is made when it is not there. */
  async write(documentId: string, words: readonly string[]): Promise<void> {
    const { log } = this.log
    const found =
      (await log.find(documentId)) ?? (await log.create(documentId, { title: `About ${documentId}` }))
    const doc = this.#docs.get(documentId) ?? new Y.Doc()
    this.#docs.set(documentId, doc)
    const updates: Uint8Array[] = []
    const keep = (update: Uint8Array): number => updates.push(update)
    doc.on('update', keep)
    for (const word of words) doc.getText('t').insert(doc.getText('t').length, word)
    doc.off('update', keep)
    await log.append(
      documentId,
      updates.map((update, index) => ({ offset: found.head + index + 1, update })),
    )
  }

  async backup(path: string, since?: string): Promise<void> {
    const base = since === undefined ? undefined : catalogOf(await inspectBackup(since))
    const chunks: Uint8Array[] = []
    for await (const chunk of chunksOf((write) => this.log.backup({ kind: 'backup', base }, write)))
      chunks.push(chunk)
    await writeFile(path, Buffer.concat(chunks))
  }

  close(): Promise<void> {
    return this.log.close()
  }
}

export interface Content {
  readonly title: string
  readonly head: number
  readonly text: string
}

/** Everything that somebody sees who opens the documents, by id; a code in the place of one that cannot be read. */
export async function contentsOf(folder: string): Promise<Record<string, Content | string>> {
  const { log, close } = await openLevelLog({ folder, report: new Reports() })
  try {
    const contents: Record<string, Content | string> = {}
    const { documents } = await log.list({ limit: 1_000 })
    for (const { documentId, title, head, snapshotOffset } of documents) {
      const snapshot = await log.snapshot(documentId)
      const entries = await log.read(documentId, snapshotOffset, Infinity)
      if (entries === 'compacted') throw new TypeError('Nobody compacts here')
      const doc = new Y.Doc()
      if (snapshot !== undefined) Y.applyUpdate(doc, snapshot.update)
      for (const { update } of entries) Y.applyUpdate(doc, update)
      contents[documentId] = { title, head, text: doc.getText('t').toJSON() }
    }
    return contents
  } finally {
    await close()
  }
}

export async function generationsOf(folder: string): Promise<string[]> {
  const { log, close } = await openLevelLog({ folder, report: new Reports() })
  const { documents } = await log.list({ limit: 1_000 })
  await close()
  return documents.map(({ generation }) => generation)
}

/** The text of a Y.Doc that lies in a file as one update. */
export async function textOfUpdate(folder: string, file: string): Promise<string> {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, new Uint8Array(await readFile(join(folder, file))))
  return doc.getText('t').toJSON()
}

export function words(count: number, prefix = ''): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index} `)
}
