/**
 * The toolbar: one tab stop, Alt+F10 in, Escape back to the text with the selection kept. On a narrow surface the tools
 * that do not fit wait behind "more". Knows no document and no connection.
 */
import { effect } from '@lexical/extension'
import {
  $addUpdateTag,
  COMMAND_PRIORITY_NORMAL,
  KEY_DOWN_COMMAND,
  SKIP_DOM_SELECTION_TAG,
  mergeRegister,
} from 'lexical'
import type { LexicalEditor } from 'lexical'
import type { CollaborationSession } from '../collaboration/session.ts'
import { focusText } from '../lexical.ts'
import type { Messages } from '../messages.ts'
import { $blockType, $setBlockType } from '../text/block-type.ts'
import { $linkAtSelection } from '../text/links.ts'
import { createBlockMenu } from './block-menu.ts'
import { h, listen } from './dom.ts'
import { icon } from './icons.ts'
import type { IconName } from './icons.ts'
import { makeRoving } from './roving.ts'
import { createLaterTools } from './later-tools.ts'
import { isShortcut, shortcutText } from './shortcut.ts'
import type { Shortcut } from './shortcut.ts'
import type { Surface } from './surface.ts'
import { blockTools, formatTools, linkShortcut, listTools, redoShortcut, undoShortcut } from './tools.ts'
import type { Tool } from './tools.ts'

export interface ToolbarParts {
  readonly editor: LexicalEditor
  readonly session: Pick<CollaborationSession, 'undo' | 'redo' | 'canUndo' | 'canRedo'>
  readonly messages: Messages
  readonly surface: Surface
  readonly failed: (error: Error) => void
}

export interface Toolbar {
  readonly element: HTMLElement
  focus(): void
  destroy(): void
}

export function createToolbar(parts: ToolbarParts): Toolbar {
  const { editor, session, messages } = parts
  const undo = toolButton('undo', messages.undo, undoShortcut, () => session.undo())
  const redo = toolButton('redo', messages.redo, redoShortcut, () => session.redo())
  const link = toolButton('link', messages.link, linkShortcut, () => later.openLink())
  const table = h(
    'button',
    {
      type: 'button',
      class: 'cometpad-tool',
      'aria-label': messages.table,
      'aria-haspopup': 'dialog',
      'aria-expanded': 'false',
      'data-tip': messages.table,
    },
    icon('table'),
  )
  const later = createLaterTools({ ...parts, tableButton: table })
  const toggles = [...formatTools, ...listTools].map((tool) => ({
    tool,
    button: toolButton(tool.icon, tool.label(messages), tool.shortcut, () => run(tool)),
  }))
  const menu = createBlockMenu(
    messages,
    (type) => {
      editor.update(() => $setBlockType(type))
      focusText(editor)
    },
    () => focusText(editor),
  )
  const buttonsOf = (tools: readonly Tool[]): HTMLElement[] =>
    toggles.filter(({ tool }) => tools.includes(tool)).map(({ button }) => button)

  const more = h(
    'button',
    {
      type: 'button',
      class: 'cometpad-tool cometpad-more',
      'aria-expanded': 'false',
      'aria-label': messages.more,
      'data-tip': messages.more,
      hidden: true,
    },
    icon('more'),
  )
  const tools = h(
    'div',
    { class: 'cometpad-tools' },
    group(undo, redo),
    group(menu.button),
    group(...buttonsOf(formatTools), link),
    group(...buttonsOf(listTools), table),
  )
  const element = h(
    'div',
    { role: 'toolbar', class: 'cometpad-toolbar', part: 'toolbar', 'aria-label': messages.toolbarLabel },
    tools,
    more,
    menu.panel,
  )

  /** The selection stays where it is and the focus on the button: Escape leads back. */
  function run(tool: Tool): void {
    if (!editor.isEditable()) return
    editor.update(() => {
      $addUpdateTag(SKIP_DOM_SELECTION_TAG)
      tool.$run(editor)
    })
  }

  function refresh(): void {
    editor.getEditorState().read(() => {
      for (const { tool, button } of toggles) button.setAttribute('aria-pressed', String(tool.$isOn()))
      link.setAttribute('aria-pressed', String($linkAtSelection().url !== ''))
      menu.show($blockType())
    })
  }

  function enable(editable: boolean): void {
    for (const button of [link, menu.button, table, ...toggles.map((toggle) => toggle.button)])
      disable(button, !editable)
    // Both are read in any case: the effect below depends on what it has read.
    const { canUndo, canRedo } = { canUndo: session.canUndo.value, canRedo: session.canRedo.value }
    disable(undo, !editable || !canUndo)
    disable(redo, !editable || !canRedo)
  }

  const roving = makeRoving(element)

  /** Groups on a second row are out of reach until "more" unfolds them. */
  function clip(): void {
    const unfolded = more.getAttribute('aria-expanded') === 'true'
    const groups = [...tools.children] as HTMLElement[]
    const firstRow = groups[0]?.offsetTop ?? 0
    const wrapped = groups.filter((each) => each.offsetTop > firstRow)
    for (const each of groups) each.toggleAttribute('data-clipped', !unfolded && wrapped.includes(each))
    more.hidden = wrapped.length === 0
    roving.refresh()
  }

  const observer = new ResizeObserver(clip)
  observer.observe(element)
  const unregister = mergeRegister(
    editor.registerUpdateListener(refresh),
    editor.registerEditableListener(enable),
    effect(() => enable(editor.isEditable())),
    listen(more, 'click', () => {
      const unfolded = more.getAttribute('aria-expanded') !== 'true'
      more.setAttribute('aria-expanded', String(unfolded))
      element.toggleAttribute('data-unfolded', unfolded)
      clip()
    }),
    // A press of the mouse shall not take the focus out of the text.
    listen(element, 'mousedown', (event) => event.preventDefault()),
    listen(element, 'keydown', (event) => {
      if (event.key !== 'Escape') return
      event.preventDefault()
      focusText(editor)
    }),
    editor.registerCommand(
      KEY_DOWN_COMMAND,
      (event) => {
        const tool = [...formatTools, ...listTools, ...blockTools].find(
          (each) => each.builtIn !== true && isShortcut(event, each.shortcut),
        )
        if (tool !== undefined && editor.isEditable()) tool.$run(editor)
        else if (isShortcut(event, linkShortcut)) later.openLink()
        else return false
        event.preventDefault()
        return true
      },
      COMMAND_PRIORITY_NORMAL,
    ),
  )
  refresh()
  return {
    element,
    focus: () => roving.focus(),
    destroy() {
      observer.disconnect()
      unregister()
      roving.destroy()
      menu.destroy()
      later.destroy()
    },
  }
}

function group(...buttons: readonly HTMLElement[]): HTMLElement {
  return h('div', { class: 'cometpad-group' }, ...buttons)
}

function toolButton(name: IconName, label: string, shortcut: Shortcut, run: () => void): HTMLButtonElement {
  const button = h(
    'button',
    {
      type: 'button',
      class: 'cometpad-tool',
      'aria-label': label,
      'data-tip': `${label} (${shortcutText(shortcut)})`,
    },
    icon(name),
  )
  button.addEventListener('click', () => {
    if (button.getAttribute('aria-disabled') !== 'true') run()
  })
  return button
}

/** Disabled for everybody but the keyboard: a control that vanishes from under the focus would lose the place. */
function disable(button: HTMLElement, disabled: boolean): void {
  button.setAttribute('aria-disabled', String(disabled))
}
