/** What an update of the editor may have changed: top-level nodes, and whether their order. Knows no document. */
import { $isElementNode } from 'lexical'
import type { LexicalNode, NodeKey, NodeMap, UpdateListenerPayload } from 'lexical'

/** What Lexical has reported since the editor and the blocks last agreed. */
export interface Dirt {
  isOrderDirty: boolean
  readonly topLevel: Set<NodeKey>
}

export function noteDirt(
  dirt: Dirt,
  { dirtyElements, dirtyLeaves, editorState, prevEditorState }: UpdateListenerPayload,
): void {
  const now = editorState._nodeMap
  const before = prevEditorState._nodeMap
  // Lexical calls the root dirty with every change in it, and walking through its children is dear.
  if (dirtyElements.has('root') && isRootChanged(now, before)) dirt.isOrderDirty = true
  for (const key of [...dirtyElements.keys(), ...dirtyLeaves]) {
    if (key === 'root') continue
    let node = now.get(key)
    if (node?.__parent === 'root' && isMoved(node, before.get(key))) dirt.isOrderDirty = true
    while (node !== undefined && node.__parent !== 'root' && node.__parent !== null)
      node = now.get(node.__parent)
    if (node?.__parent === 'root') dirt.topLevel.add(node.__key)
  }
}

/** Whatever changes the order of siblings changes the first, the last, or the neighbours of one that is dirty. */
function isRootChanged(now: NodeMap, before: NodeMap): boolean {
  const root = now.get('root')
  const old = before.get('root')
  if (!$isElementNode(root) || !$isElementNode(old)) return true
  return root.__first !== old.__first || root.__last !== old.__last || root.__size !== old.__size
}

function isMoved(node: LexicalNode, before: LexicalNode | undefined): boolean {
  return before?.__parent !== 'root' || node.__prev !== before.__prev || node.__next !== before.__next
}
