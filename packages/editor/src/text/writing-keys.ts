/** Keys that are loaded beside the text, since nobody presses one before it is there. They go with the editor, which alone holds them. */
import { mergeRegister } from 'lexical'
import type { LexicalEditor } from 'lexical'
import { registerCodeKeys } from './code-keys.ts'
import { registerContainers } from './containers.ts'
import { watchEscape } from './escape.ts'
import { registerListKeys } from './list-keys.ts'

export function registerWritingKeys(editor: LexicalEditor): () => void {
  const escape = watchEscape(editor)
  return mergeRegister(
    escape.end,
    registerCodeKeys(editor, escape),
    registerContainers(editor),
    registerListKeys(editor, escape),
  )
}
