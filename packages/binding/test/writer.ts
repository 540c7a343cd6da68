/** Somebody who writes, without a screen: a document with a fixed client id, an editor and the binding between them. */
import { buildEditorFromExtensions, getExtensionDependencyFromEditor } from '@lexical/extension'
import { LinkExtension } from '@lexical/link'
import { CheckListExtension, ListExtension } from '@lexical/list'
import { RichTextExtension } from '@lexical/rich-text'
import { registerTablePlugin } from '@lexical/table'
import { $getRoot, configExtension, defineExtension } from 'lexical'
import type { LexicalEditorWithDispose } from 'lexical'
import * as Y from 'yjs'
import { CollaborationExtension } from '../src/extension.ts'
import type { CollaborationOutput } from '../src/extension.ts'
import type { Binding } from '../src/binding.ts'
import { describeBlocks } from '../src/model.ts'
import { readFlow } from '../src/read-flow.ts'
import type { ObjectKind } from '../src/objects.ts'

export interface Writer {
  readonly doc: Y.Doc
  readonly editor: LexicalEditorWithDispose
  readonly output: CollaborationOutput
  readonly binding: Binding
  /** Errors that Lexical caught. */
  readonly errors: unknown[]
  /** Units at which the others are. */
  peersAt: readonly number[]
  /** Writes something as a person would, and sends it. */
  edit(change: () => void): void
  text(): string
}

export interface WriterOptions {
  readonly clientId: number
  readonly doc?: Y.Doc
  readonly seeds?: boolean
  readonly objects?: readonly ObjectKind[]
  readonly now?: () => number
}

export function createWriter({
  clientId,
  doc = new Y.Doc(),
  seeds = true,
  objects = [],
  now = Date.now,
}: WriterOptions): Writer {
  doc.clientID = clientId
  const errors: unknown[] = []
  const editor = buildEditorFromExtensions(
    defineExtension({
      name: 'writer',
      $initialEditorState: null,
      onError: (error) => errors.push(error),
      nodes: objects.map(({ node }) => node),
      dependencies: [
        RichTextExtension,
        configExtension(ListExtension, { shouldPreserveNumbering: false, hasStrictIndent: true }),
        CheckListExtension,
        LinkExtension,
        configExtension(CollaborationExtension, { doc, seeds, objects, now, othersAt: () => writer.peersAt }),
      ],
    }),
  )
  registerTablePlugin(editor)
  const { output } = getExtensionDependencyFromEditor(editor, CollaborationExtension)
  const binding = output.binding.value
  if (binding === null) throw new Error('the binding was not made')
  const writer: Writer = {
    doc,
    editor,
    output,
    binding,
    errors,
    peersAt: [],
    edit(change) {
      editor.update(change, { discrete: true })
      binding.settle()
    },
    text: () => editor.getEditorState().read(() => $getRoot().getTextContent()),
  }
  return writer
}

/** Brings everybody up to date with everybody. */
export function sync(...writers: readonly { doc: Y.Doc; binding?: Binding }[]): void {
  for (let round = 0; round < 2; round++) {
    for (const from of writers) {
      for (const to of writers) {
        if (from === to) continue
        const update = Y.encodeStateAsUpdate(from.doc, Y.encodeStateVector(to.doc))
        if (to.binding === undefined) Y.applyUpdate(to.doc, update, 'sync')
        else to.binding.applyUpdate(update, 'sync')
      }
    }
  }
}

/** The tree without what is only a memory for the next letter typed. */
export function treeOf({ editor }: Pick<Writer, 'editor'>): unknown {
  return strip(editor.getEditorState().toJSON().root)
}

function strip(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(strip)
  if (typeof node !== 'object' || node === null) return node
  return Object.fromEntries(
    Object.entries(node).flatMap(([name, value]) =>
      name === 'textFormat' || name === 'textStyle' || name === 'version' ? [] : [[name, strip(value)]],
    ),
  )
}

/** What differs between a writer's document, what the binding remembers of it, and the editor; empty when nothing. */
export function findFaults(writer: Writer): string[] {
  const faults: string[] = []
  if (writer.errors.length > 0) faults.push(`errors: ${writer.errors.map(stackOf).join(', ')}`)
  const { count, error } = writer.output.recovered.value
  if (count > 0) faults.push(`recovered from ${stackOf(error)}`)
  if (writer.binding.state.state !== 'live') faults.push(`state ${writer.binding.state.state}`)
  const read = JSON.stringify(describeBlocks(readFlow(writer.binding.flow)))
  const remembered = JSON.stringify(describeBlocks(writer.binding.view.blocks))
  if (read !== remembered) faults.push(`remembers ${remembered} of ${read}`)
  const { blocks, shown, unsure } = writer.binding.view
  const passed = blocks.filter((block) => shown.get(block.marker) !== block && !unsure.has(block.marker))
  if (passed.length > 0) faults.push(`does not know that it has not shown ${JSON.stringify(passed)}`)
  return faults
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
