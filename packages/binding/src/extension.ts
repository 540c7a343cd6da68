/**
 * Collaboration as a Lexical extension: configure it with a document and the editor follows it, and the document the
 * editor. Needs no framework, no provider and no connection. Do not use it beside a history extension.
 */
import { signal } from '@lexical/extension'
import type { ReadonlySignal } from '@lexical/extension'
import { LinkNode } from '@lexical/link'
import { ListItemNode, ListNode } from '@lexical/list'
import { HeadingNode, QuoteNode } from '@lexical/rich-text'
import { HorizontalRuleNode } from '@lexical/extension'
import { TableCellNode, TableNode, TableRowNode } from '@lexical/table'
import {
  COMMAND_PRIORITY_EDITOR,
  REDO_COMMAND,
  UNDO_COMMAND,
  defineExtension,
  mergeRegister,
  safeCast,
} from 'lexical'
import type { LexicalEditor } from 'lexical'
import type { Doc } from 'yjs'
import { Binding } from './binding.ts'
import type { BindingState } from './binding.ts'
import { CodeNode } from './code-node.ts'
import { ContainerNode } from './container-node.ts'
import { ruleKind } from './objects.ts'
import type { ObjectKind } from './objects.ts'
import { OwnUndo } from './undo.ts'
import { UnknownBlockNode, UnknownInlineNode } from './unknown-nodes.ts'
import type { LinkAttributes } from './write-content.ts'

export interface CollaborationConfig {
  /** Null: the editor stands alone, for instance in a test of something else. */
  readonly doc: Doc | null
  /** Further objects of the document. Their nodes have to be registered by the editor. */
  readonly objects: readonly ObjectKind[]
  /** What every link has besides its address; it is not stored. */
  readonly link: LinkAttributes
  /** False for somebody who may not write: a document that is still empty then stays without its first paragraph. */
  readonly seeds: boolean
  /** Units at which others are: when blocks change places, those that somebody is in stay. */
  readonly othersAt: () => readonly number[]
  readonly now: () => number
}

export interface CollaborationOutput {
  /** Null before the editor is registered and after it is disposed of. */
  readonly binding: ReadonlySignal<Binding | null>
  readonly state: ReadonlySignal<BindingState>
  /** How often the tree had to be built anew after an error, and the last such error. */
  readonly recovered: ReadonlySignal<{ readonly count: number; readonly error: unknown }>
  readonly canUndo: ReadonlySignal<boolean>
  readonly canRedo: ReadonlySignal<boolean>
  /** Takes back one's own newest edit; nobody else's. */
  undo(): void
  redo(): void
  /** What is written next is a step of its own. */
  stopCapturing(): void
  destroy(): void
}

const inside = Symbol('inside')

function build() {
  const binding = signal<Binding | null>(null)
  const state = signal<BindingState>({ state: 'closed' })
  const recovered = signal<{ count: number; error: unknown }>({ count: 0, error: undefined })
  const canUndo = signal(false)
  const canRedo = signal(false)
  const own: { undo: OwnUndo | null; destroy: () => void } = { undo: null, destroy: () => undefined }
  const output: CollaborationOutput = {
    binding,
    state,
    recovered,
    canUndo,
    canRedo,
    undo: () => own.undo?.undo(),
    redo: () => own.undo?.redo(),
    stopCapturing: () => own.undo?.stop(),
    destroy: () => own.destroy(),
  }
  return { ...output, [inside]: { binding, state, recovered, canUndo, canRedo, own } }
}

function register(
  editor: LexicalEditor,
  config: CollaborationConfig,
  output: ReturnType<typeof build>,
): () => void {
  const { doc } = config
  if (doc === null) return () => undefined
  const { binding, state, recovered, canUndo, canRedo, own } = output[inside]
  const made = new Binding(editor, doc, {
    objects: [ruleKind, ...config.objects],
    link: config.link,
    seeds: config.seeds,
    othersAt: config.othersAt,
    now: config.now,
    willWrite: (plan, selection) => own.undo?.willWrite(plan, selection),
    stateChanged: (next) => {
      state.value = next
      // What is not sent must not be typed either.
      if (next.state === 'outdated' || next.state === 'broken') editor.setEditable(false)
    },
    recovered: (error) => (recovered.value = { count: recovered.value.count + 1, error }),
  })
  own.undo = new OwnUndo(made, (undo, redo) => {
    canUndo.value = undo
    canRedo.value = redo
  })
  binding.value = made
  state.value = made.state
  const unregister = mergeRegister(
    editor.registerCommand(UNDO_COMMAND, () => (own.undo?.undo(), true), COMMAND_PRIORITY_EDITOR),
    editor.registerCommand(REDO_COMMAND, () => (own.undo?.redo(), true), COMMAND_PRIORITY_EDITOR),
  )
  own.destroy = () => {
    own.destroy = () => undefined
    unregister()
    made.destroy()
    own.undo?.destroy()
    own.undo = null
    binding.value = null
  }
  return () => own.destroy()
}

export const CollaborationExtension = /* @__PURE__ */ defineExtension({
  name: '@cometpad/binding/Collaboration',
  conflictsWith: ['@lexical/history/History'],
  // Every build knows every node: what is not used is switched off in the surface.
  nodes: () => [
    HeadingNode,
    QuoteNode,
    CodeNode,
    ListNode,
    ListItemNode,
    LinkNode,
    HorizontalRuleNode,
    TableNode,
    TableRowNode,
    TableCellNode,
    ContainerNode,
    UnknownBlockNode,
    UnknownInlineNode,
  ],
  config: safeCast<CollaborationConfig>({
    doc: null,
    objects: [],
    link: { rel: 'noopener noreferrer', target: '_blank' },
    seeds: true,
    othersAt: () => [],
    now: Date.now,
  }),
  build,
  register: (editor, config, state) => register(editor, config, state.getOutput()),
})
