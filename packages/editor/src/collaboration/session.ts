/**
 * What the editor knows of collaboration: undo, the state of the binding, one's own presence and the carets of the
 * others. Knows no connection: updates come in through `applyUpdate`, whoever brings them.
 */
import type { ReadonlySignal } from '@lexical/extension'
import type { BindingState, CollaborationOutput } from '@cometpad/binding'
import { FLOW, FORM_VERSION, seed, versionOf } from '@cometpad/binding'
import { mergeRegister } from 'lexical'
import type { LexicalEditor } from 'lexical'
import type { Awareness } from 'y-protocols/awareness'
import type { Doc } from 'yjs'
import type { EditorUser } from '../user.ts'
import type { CursorLayer } from './cursor-layer.ts'
import { OwnPresence } from './own-presence.ts'

export interface CollaborationSource {
  /** Attach first, fill later: content that comes afterwards is shown as it arrives. */
  readonly doc: Doc
  readonly awareness: Awareness
  readonly user: EditorUser
}

export interface CollaborationSession {
  /** Takes back one's own newest edit; nobody else's. */
  undo(): void
  redo(): void
  readonly canUndo: ReadonlySignal<boolean>
  readonly canRedo: ReadonlySignal<boolean>
  readonly state: ReadonlySignal<BindingState>
  /** The way for everything that comes from outside: what is pending in the editor is written first. */
  applyUpdate(update: Uint8Array, origin: unknown): void
  /** Gives a document that is still nothing at all its first paragraph. For those who may write, once it is synced. */
  begin(): void
  setUser(user: EditorUser): void
  /** Remote carets are drawn in this element, which fills a positioned parent. Null: nowhere. */
  drawCursorsIn(container: HTMLElement | null): void
  destroy(): void
}

/** @param failed hears why the carets of the others cannot be shown */
export function startSession(
  editor: LexicalEditor,
  output: CollaborationOutput,
  { doc, awareness, user }: CollaborationSource,
  failed: (error: Error) => void,
): CollaborationSession {
  const binding = output.binding.value
  if (binding === null) throw new TypeError('the collaboration extension was not registered')
  const presence = new OwnPresence(binding, awareness, user)
  let cursors: CursorLayer | undefined
  let container: HTMLElement | null = null
  let isOver = false
  // The text does not wait for what draws carets: that is a file of its own, and comes at the same time.
  const loadCursors = async (): Promise<void> => {
    const module = await import('./cursor-layer.ts')
    if (isOver) return
    cursors = new module.CursorLayer(binding, awareness)
    cursors.drawIn(container)
  }
  loadCursors().catch(failed)
  const onPresence = (): void => cursors?.drawSoon()
  awareness.on('change', onPresence)
  const unregister = mergeRegister(
    () => awareness.off('change', onPresence),
    editor.registerUpdateListener(() => {
      presence.publishSoon()
      cursors?.drawSoon()
    }),
  )
  return {
    undo: () => output.undo(),
    redo: () => output.redo(),
    canUndo: output.canUndo,
    canRedo: output.canRedo,
    state: output.state,
    applyUpdate: (update, origin) => binding.applyUpdate(update, origin),
    begin() {
      if (doc.getText(FLOW).length === 0 && versionOf(doc) <= FORM_VERSION) seed(doc)
    },
    setUser: (next) => presence.setUser(next),
    drawCursorsIn(element) {
      container = element
      cursors?.drawIn(element)
    },
    destroy() {
      isOver = true
      unregister()
      presence.destroy()
      cursors?.destroy()
    },
  }
}
