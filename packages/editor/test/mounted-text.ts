/** An editor in a page, for tests of its keys: one that may write, with everything that is loaded beside the text. */
import type { LexicalEditor } from 'lexical'
import { mountEditor } from '../src/mount.ts'
import type { EditorHandle } from '../src/options.ts'
import { StubProvider } from './stub-provider.ts'

export interface MountedText {
  readonly handle: EditorHandle
  readonly editor: LexicalEditor
  readonly content: HTMLElement
}

export async function mountText(target: HTMLElement): Promise<MountedText> {
  document.body.replaceChildren(target)
  const handle = mountEditor(
    target,
    { server: 'https://pad.test', documentId: 'd', user: { name: 'Ada' } },
    (_, { doc, awareness }) => new StubProvider({ doc, awareness }),
  )
  const content = target.querySelector<HTMLElement & { __lexicalEditor: LexicalEditor }>('.cometpad-content')
  if (content === null) throw new Error('there is no text')
  const editor = content.__lexicalEditor
  editor.setEditable(true)
  // Loaded beside the text.
  await import('../src/text/writing-keys.ts')
  await Promise.resolve()
  return { handle, editor, content }
}
