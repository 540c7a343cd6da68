/** What the page has to know of notes before anybody writes in one. What is done to them is loaded beside the text (containers.ts). */
import { $isContainerNode } from '@cometpad/binding'
import { $getSelection, $isRangeSelection, createCommand } from 'lexical'

/** Puts the selected blocks into a note; where one is already, takes it away. */
export const TOGGLE_NOTE_COMMAND = /* @__PURE__ */ createCommand<undefined>()

/** Does the selection begin in a container? */
export function $isInContainer(): boolean {
  const selection = $getSelection()
  return $isRangeSelection(selection) && selection.anchor.getNode().getParents().some($isContainerNode)
}
