/** Two or more editors on documents that are wired together in memory, with delivery by hand. No surface, no server. */
import { $createTextNode, $getRoot, $isElementNode, $isTextNode } from 'lexical'
import { Awareness } from 'y-protocols/awareness'
import { Doc, encodeStateAsUpdate, encodeStateVector } from 'yjs'
import type { CollaborationSession } from '../src/collaboration/session.ts'
import { buildLexical } from '../src/lexical.ts'
import type { LexicalParts } from '../src/lexical.ts'

export interface Writer {
  readonly name: string
  readonly doc: Doc
  readonly awareness: Awareness
  readonly editor: LexicalParts['editor']
  readonly session: CollaborationSession
  readonly errors: Error[]
}

/** @param clientId fixed, so that ties are decided the same way in every run */
export function createWriter(name: string, clientId: number, doc = new Doc()): Writer {
  // The first paragraph of every document was written by client 1.
  doc.clientID = 100 + clientId
  const awareness = new Awareness(doc)
  const errors: Writer['errors'] = []
  const { editor, session } = buildLexical({ doc, awareness, user: { name } }, (error) => errors.push(error))
  session.begin()
  return { name, doc, awareness, editor, session, errors }
}

/** Everybody gets what everybody else has. */
export function deliver(...writers: readonly Writer[]): void {
  for (let round = 0; round < 3; round += 1) {
    for (const from of writers) {
      for (const to of writers) {
        if (from !== to)
          to.session.applyUpdate(encodeStateAsUpdate(from.doc, encodeStateVector(to.doc)), 'network')
      }
    }
  }
}

export function flush(editor: Writer['editor']): void {
  editor.update(() => undefined, { discrete: true })
}

/** Types at the end of a block, as one edit. */
export function type({ editor }: Writer, text: string, block = 0): void {
  editor.update(
    () => {
      const element = $getRoot().getChildAtIndex(block)
      if (!$isElementNode(element)) throw new TypeError(`there is no block ${block}`)
      const last = element.getLastDescendant()
      if ($isTextNode(last)) last.spliceText(last.getTextContentSize(), 0, text, true)
      else element.append($createTextNode(text))
    },
    { discrete: true },
  )
}

export function textOf({ editor }: Writer): string {
  return editor.read(() => $getRoot().getTextContent())
}

export function blocksOf({ editor }: Writer): string[] {
  return editor.read(() =>
    $getRoot()
      .getChildren()
      .map((child) => child.getTextContent()),
  )
}

export function destroy(...writers: readonly Writer[]): void {
  for (const { editor, session, awareness, doc } of writers) {
    session.destroy()
    editor.dispose()
    awareness.destroy()
    doc.destroy()
  }
}
