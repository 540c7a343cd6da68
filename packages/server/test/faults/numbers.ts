/**
 * Documents that hold the numbers from 1 on, one for each entry of their log: whoever opens one sees whether anything is
 * missing, and everything that was ever written can be told by its number.
 */
import * as Y from 'yjs'
import type { Log } from '../../src/core/ports.ts'

/** Writes number after number into one document. */
export class NumberWriter {
  readonly documentId: string
  readonly #log: Log
  readonly #doc = new Y.Doc()
  #offset = 0

  constructor(log: Log, documentId: string) {
    this.#log = log
    this.documentId = documentId
  }

  /** Takes up the document as it is, or makes it. */
  async open(): Promise<void> {
    const found = await this.#log.find(this.documentId)
    const head = found ?? (await this.#log.create(this.documentId, { title: '' }))
    for (const update of await updatesOf(this.#log, this.documentId)) Y.applyUpdate(this.#doc, update)
    this.#offset = head.head
  }

  /** Appends the next number and gives it. */
  async write(): Promise<number> {
    const vector = Y.encodeStateVector(this.#doc)
    this.#doc.getArray('numbers').push([this.#offset + 1])
    // In the way of somebody who types much and takes it back again: the log outgrows what is left.
    this.#doc.getMap('latest').set('text', 'x'.repeat(40))
    const update = Y.encodeStateAsUpdate(this.#doc, vector)
    await this.#log.append(this.documentId, [{ offset: this.#offset + 1, update }])
    this.#offset += 1
    return this.#offset
  }
}

/** All numbers in a document, in their order; undefined when there is no such document. */
export async function numbersIn(log: Log, documentId: string): Promise<number[] | undefined> {
  if ((await log.find(documentId)) === undefined) return undefined
  const doc = new Y.Doc()
  for (const update of await updatesOf(log, documentId)) Y.applyUpdate(doc, update)
  return doc.getArray<number>('numbers').toArray()
}

/** What is missing of the numbers up to `saved`, or too much, in a sentence; undefined: nothing. */
export async function faultOf(log: Log, documentId: string, saved: number): Promise<string | undefined> {
  const numbers = (await numbersIn(log, documentId)) ?? []
  const head = (await log.find(documentId))?.head ?? 0
  if (numbers.some((number, index) => number !== index + 1))
    return `${documentId} has a hole: ${numbers.join(' ')}`
  if (numbers.length !== head) return `${documentId} has ${numbers.length} numbers at offset ${head}`
  return numbers.length < saved ? `${documentId} ends at ${numbers.length}, ${saved} was saved` : undefined
}

export async function updatesOf(log: Log, documentId: string): Promise<Uint8Array[]> {
  for (;;) {
    const snapshot = await log.snapshot(documentId)
    const updates = snapshot === undefined ? [] : [snapshot.update]
    const entries = await log.read(documentId, snapshot?.offset ?? 0, Infinity)
    // Compacted between the two reads.
    if (entries === 'compacted') continue
    return [...updates, ...entries.map(({ update }) => update)]
  }
}
