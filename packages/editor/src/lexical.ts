/** The Lexical editor of a document, without any surface: text, collaboration, and who to tell when it fails. */
import { CollaborationExtension } from '@cometpad/binding'
import { buildEditorFromExtensions, getExtensionDependencyFromEditor } from '@lexical/extension'
import { $getRoot, $isParagraphNode, configExtension, defineExtension } from 'lexical'
import type { LexicalEditor, LexicalEditorWithDispose } from 'lexical'
import { startSession } from './collaboration/session.ts'
import type { CollaborationSession, CollaborationSource } from './collaboration/session.ts'
import { LINK_ATTRIBUTES } from './text/links.ts'
import { CometpadTextExtension } from './text/rich-text.ts'

export interface LexicalParts {
  readonly editor: LexicalEditorWithDispose
  readonly session: CollaborationSession
}

/** `failed` hears of every error in the editor; whether it still shows the document is the session's `state`. */
export function buildLexical(source: CollaborationSource, failed: (error: Error) => void): LexicalParts {
  const editor = buildEditorFromExtensions(
    defineExtension({
      name: '@cometpad/editor/Root',
      namespace: 'cometpad',
      // Never a paragraph of one's own: two clients that open a new document would make two.
      $initialEditorState: null,
      editable: false,
      onError: failed,
      dependencies: [
        CometpadTextExtension,
        // Somebody who only looks at a new document shall not write its first paragraph: see `begin`.
        configExtension(CollaborationExtension, { doc: source.doc, link: LINK_ATTRIBUTES, seeds: false }),
      ],
    }),
  )
  const { output } = getExtensionDependencyFromEditor(editor, CollaborationExtension)
  // As what draws the carets: beside the text.
  import('./text/writing-keys.ts')
    .then(({ registerWritingKeys }) => registerWritingKeys(editor))
    .catch(failed)
  return { editor, session: startSession(editor, output, source, failed) }
}

/** Is there nothing to read, not even an empty list? */
export function $isEmptyText(): boolean {
  const root = $getRoot()
  const first = root.getFirstChild()
  if (first === null) return true
  return root.getChildrenSize() === 1 && $isParagraphNode(first) && first.isEmpty()
}

/** Puts the focus back where it was in the text, or at one of its ends. */
export function focusText(editor: LexicalEditor, where: 'start' | 'end' = 'end'): void {
  const root = editor.getRootElement()
  // `editor.read` first takes in what is pending, such as the document that has just arrived.
  if (editor.read(() => $getRoot().isEmpty())) root?.focus()
  else {
    // Not every browser brings the focus along with the selection.
    const focus = (): void => root?.focus({ preventScroll: true })
    editor.focus(focus, { defaultSelection: where === 'start' ? 'rootStart' : 'rootEnd' })
  }
}
