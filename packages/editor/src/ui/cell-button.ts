/** The button at the corner of the cell with the caret. It follows the cell, and is gone where nothing can be written. */
import { $findMatchingParent, mergeRegister } from 'lexical'
import type { LexicalEditor } from 'lexical'
import { $isTableNode } from '@lexical/table'
import { $cellAtCaret } from '../text/table-acts.ts'
import { h, listen } from './dom.ts'
import { icon } from './icons.ts'
import type { Surface } from './surface.ts'

export interface CellButton {
  readonly element: HTMLButtonElement
  destroy(): void
}

export function createCellButton(editor: LexicalEditor, surface: Surface, label: string): CellButton {
  // Out of the order of Tab, which goes from cell to cell: the keyboard has the toolbar's button.
  const element = h(
    'button',
    {
      type: 'button',
      class: 'cometpad-cell-button',
      tabindex: -1,
      'aria-label': label,
      'aria-haspopup': 'dialog',
      'data-tip': label,
      hidden: true,
    },
    icon('more'),
  )
  const column = surface.content.parentElement
  column?.append(element)
  let frame = 0

  function follow(): void {
    frame = 0
    const keys = editor.isEditable() ? editor.getEditorState().read($keysAtCaret) : undefined
    const cell = keys === undefined ? null : editor.getElementByKey(keys.cell)
    const table = keys === undefined ? null : editor.getElementByKey(keys.table)
    element.hidden = cell === null || table === null
    if (cell === null || table === null || column === null) return
    const [at, within, origin] = [cell, table, column].map((each) => each.getBoundingClientRect())
    if (at === undefined || within === undefined || origin === undefined) return
    const isRtl = getComputedStyle(cell).direction === 'rtl'
    const corner = isRtl ? at.left : at.right
    // A wide table is scrolled within the text.
    element.hidden = corner < within.left + 1 || at.left > within.right
    const x = Math.min(Math.max(corner, within.left), within.right)
    element.style.setProperty('left', `${Math.round(x - origin.left)}px`)
    element.style.setProperty('top', `${Math.round(at.top - origin.top)}px`)
  }
  const followSoon = (): void => {
    if (frame === 0) frame = requestAnimationFrame(follow)
  }

  const observer = new ResizeObserver(followSoon)
  if (column !== null) observer.observe(column)
  const off = mergeRegister(
    editor.registerUpdateListener(followSoon),
    editor.registerEditableListener(followSoon),
    // A press shall not take the focus out of the text.
    listen(element, 'mousedown', (event) => event.preventDefault()),
    column === null
      ? () => undefined
      : listen(column, 'scroll', followSoon, { capture: true, passive: true }),
  )
  followSoon()
  return {
    element,
    destroy() {
      off()
      observer.disconnect()
      cancelAnimationFrame(frame)
      element.remove()
    },
  }
}

function $keysAtCaret(): { cell: string; table: string } | undefined {
  const cell = $cellAtCaret()
  const table = cell && $findMatchingParent(cell, $isTableNode)
  return cell === undefined || table == null ? undefined : { cell: cell.getKey(), table: table.getKey() }
}
