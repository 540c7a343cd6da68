/**
 * What the buttons for tables open: where the caret is in a table, what can be done to it; elsewhere, a form that makes one. One of the
 * buttons stands at the cell with the caret. Knows the toolbar's button and no other part of the toolbar.
 */
import { mergeRegister } from 'lexical'
import type { LexicalEditor } from 'lexical'
import { focusText } from '../lexical.ts'
import type { Messages } from '../messages.ts'
import {
  $addColumn,
  $addRow,
  $hasHeaderRow,
  $insertTable,
  $isInTable,
  $removeColumn,
  $removeRow,
  $removeTable,
  $toggleHeaderRow,
} from '../text/table-acts.ts'
import { createCellButton } from './cell-button.ts'
import { h, listen } from './dom.ts'
import { icon } from './icons.ts'
import { listenToMenuKeys } from './menu-keys.ts'
import { place } from './panel.ts'
import type { Surface } from './surface.ts'

export interface TableToolsParts {
  readonly editor: LexicalEditor
  readonly messages: Messages
  readonly surface: Surface
  /** Of the toolbar. */
  readonly tableButton: HTMLButtonElement
}

interface TableTools {
  open(): void
  destroy(): void
}

/** More than this nobody makes by hand; rows can be added later. */
const MOST = { rows: 100, columns: 20 }

export function mountTableTools({ editor, messages, surface, tableButton }: TableToolsParts): TableTools {
  const panel = h('div', { class: 'cometpad-panel', role: 'dialog', 'aria-label': messages.table })
  panel.popover = 'auto'
  const cellButton = createCellButton(editor, surface, messages.tableTools)
  const menu = createMenu(messages, run)
  const form = createForm(messages, (rows, columns, hasHeader) =>
    run(() => $insertTable(rows, columns, hasHeader)),
  )
  surface.root.append(panel)
  let anchor: HTMLElement = tableButton

  function run($act: () => void): void {
    panel.hidePopover()
    if (editor.isEditable()) editor.update($act)
    focusText(editor)
  }

  function fill(): void {
    const { isInside, hasHeader } = editor
      .getEditorState()
      .read(() => ({ isInside: $isInTable(), hasHeader: $hasHeaderRow() }))
    menu.header.setAttribute('aria-checked', String(hasHeader))
    panel.replaceChildren(isInside ? menu.element : form)
  }

  const close = (): void => panel.hidePopover()
  const off = mergeRegister(
    ...[tableButton, cellButton.element].map((each) => {
      each.popoverTargetElement = panel
      return listen(each, 'click', () => (anchor = each))
    }),
    listenToMenuKeys(menu.element, () => {
      panel.hidePopover()
      focusText(editor)
    }),
    listen(panel, 'beforetoggle', (event) => {
      if (event.newState === 'open') fill()
    }),
    listen(panel, 'toggle', (event) => {
      const isOpen = event.newState === 'open'
      anchor.setAttribute('aria-expanded', String(isOpen))
      if (!isOpen) return
      place(panel, anchor)
      const first = panel.querySelector<HTMLElement>('button, input')
      first?.focus()
      if (first instanceof HTMLInputElement) first.select()
    }),
    listen(window, 'resize', close),
  )
  return {
    open() {
      anchor = tableButton
      panel.showPopover()
    },
    destroy() {
      off()
      cellButton.destroy()
      panel.remove()
    },
  }
}

function createMenu(
  messages: Messages,
  run: ($act: () => void) => void,
): { element: HTMLElement; header: HTMLElement } {
  const item = (label: string, $act: () => void, role = 'menuitem'): HTMLElement => {
    const element = h(
      'button',
      { type: 'button', role, tabindex: -1, class: 'cometpad-item' },
      icon('tick'),
      h('span', {}, label),
    )
    element.addEventListener('click', () => run($act))
    return element
  }
  const line = (): HTMLElement => h('div', { role: 'separator', class: 'cometpad-line' })
  const header = item(messages.tableHeader, $toggleHeaderRow, 'menuitemcheckbox')
  const element = h(
    'div',
    { role: 'menu', 'aria-label': messages.tableTools },
    item(messages.tableRowBefore, () => $addRow('before')),
    item(messages.tableRowBehind, () => $addRow('behind')),
    item(messages.tableColumnBefore, () => $addColumn('before')),
    item(messages.tableColumnBehind, () => $addColumn('behind')),
    line(),
    header,
    line(),
    item(messages.tableRemoveRow, $removeRow),
    item(messages.tableRemoveColumn, $removeColumn),
    item(messages.tableRemove, $removeTable),
  )
  return { element, header }
}

function createForm(
  messages: Messages,
  insert: (rows: number, columns: number, hasHeader: boolean) => void,
): HTMLElement {
  const number = (max: number): HTMLInputElement =>
    h('input', { type: 'number', inputmode: 'numeric', min: 1, max, value: 3, required: true })
  const rows = number(MOST.rows)
  const columns = number(MOST.columns)
  const header = h('input', { type: 'checkbox', checked: true })
  const form = h(
    'form',
    { class: 'cometpad-table-form' },
    h('label', {}, h('span', {}, messages.tableRows), rows),
    h('label', {}, h('span', {}, messages.tableColumns), columns),
    h('label', {}, header, h('span', {}, messages.tableHeader)),
    h('button', { type: 'submit', class: 'cometpad-button cometpad-primary' }, messages.tableInsert),
  )
  form.addEventListener('submit', (event) => {
    // The browser says what is wrong with a number, and then this is not reached.
    event.preventDefault()
    insert(rows.valueAsNumber, columns.valueAsNumber, header.checked)
  })
  return form
}
