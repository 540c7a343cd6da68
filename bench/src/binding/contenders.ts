/** The bindings that are compared, behind one door: ours, the stock V2, and an editor that nobody shares. */
import { CollaborationExtension } from '@cometpad/binding'
import { buildEditorFromExtensions, getExtensionDependencyFromEditor } from '@lexical/extension'
import { RichTextExtension } from '@lexical/rich-text'
import {
  createBindingV2__EXPERIMENTAL,
  syncLexicalUpdateToYjsV2__EXPERIMENTAL,
  syncYjsChangesToLexicalV2__EXPERIMENTAL,
  syncYjsStateToLexicalV2__EXPERIMENTAL,
} from '@lexical/yjs'
import type { Provider } from '@lexical/yjs'
import { configExtension, defineExtension } from 'lexical'
import type { AnyLexicalExtensionArgument, LexicalEditorWithDispose } from 'lexical'
import * as Y from 'yjs'

export interface Opened {
  readonly editor: LexicalEditorWithDispose
  readonly doc: Y.Doc
  /** Takes in what somebody else wrote, until the editor shows it. */
  readonly receive: (update: Uint8Array) => void
}

export interface Contender {
  readonly name: string
  /** Opens an editor on a document; null: a new one. */
  readonly open: (update: Uint8Array | null) => Opened
}

export const own: Contender = {
  name: 'ours',
  open(update) {
    const doc = filled(update)
    const editor = build([RichTextExtension, configExtension(CollaborationExtension, { doc })])
    const { output } = getExtensionDependencyFromEditor(editor, CollaborationExtension)
    const binding = output.binding.value
    if (binding === null) throw new Error('the binding was not made')
    return { editor, doc, receive: (received) => binding.applyUpdate(received, 'network') }
  },
}

export const stock: Contender = {
  name: 'V2',
  open(update) {
    const doc = filled(update)
    const editor = build([RichTextExtension])
    const binding = createBindingV2__EXPERIMENTAL(editor, 'main', doc, new Map([['main', doc]]))
    binding.root.observeDeep((events, transaction) => {
      if (transaction.origin === binding) return
      syncYjsChangesToLexicalV2__EXPERIMENTAL(binding, silent, events, transaction, false)
    })
    editor.registerUpdateListener((change) => {
      syncLexicalUpdateToYjsV2__EXPERIMENTAL(
        binding,
        silent,
        change.prevEditorState,
        change.editorState,
        change.dirtyElements,
        change.dirtyLeaves,
        change.normalizedNodes,
        change.tags,
      )
    })
    if (update !== null) syncYjsStateToLexicalV2__EXPERIMENTAL(binding, silent)
    flush(editor)
    const receive = (received: Uint8Array): void => {
      Y.applyUpdate(doc, received, 'network')
      flush(editor)
    }
    return { editor, doc, receive }
  },
}

export const alone: Contender = {
  name: 'alone',
  open: () => ({ editor: build([RichTextExtension]), doc: new Y.Doc(), receive: () => undefined }),
}

function build(dependencies: AnyLexicalExtensionArgument[]): LexicalEditorWithDispose {
  return buildEditorFromExtensions(
    defineExtension({
      name: 'bench',
      $initialEditorState: null,
      onError: (error) => {
        throw error
      },
      dependencies,
    }),
  )
}

function filled(update: Uint8Array | null): Y.Doc {
  const doc = new Y.Doc()
  if (update !== null) Y.applyUpdate(doc, update)
  return doc
}

function flush(editor: LexicalEditorWithDispose): void {
  editor.update(() => undefined, { discrete: true })
}

/** Without others and their carets the stock binding does less: that is to its advantage. */
const silent: Provider = {
  awareness: {
    getLocalState: () => null,
    getStates: () => new Map(),
    on: () => undefined,
    off: () => undefined,
    setLocalState: () => undefined,
    setLocalStateField: () => undefined,
  },
  connect: () => undefined,
  disconnect: () => undefined,
  on: () => undefined,
  off: () => undefined,
}
