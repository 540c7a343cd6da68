/** Keys that are loaded beside the text, since nobody presses one before it is there. */
import { mergeRegister } from 'lexical'
import type { LexicalEditor } from 'lexical'
import { registerCodeKeys } from './code-keys.ts'
import { registerContainers } from './containers.ts'
import { registerListKeys } from './list-keys.ts'

export function registerWritingKeys(editor: LexicalEditor): () => void {
  return mergeRegister(registerCodeKeys(editor), registerContainers(editor), registerListKeys(editor))
}
