/** Everything around the text: toolbar, link dialog, save state, people, notices, and the keys that lead to them. */
import { COMMAND_PRIORITY_NORMAL, KEY_DOWN_COMMAND, mergeRegister } from 'lexical'
import type { LexicalEditor } from 'lexical'
import type { CollaborationSession } from '../collaboration/session.ts'
import type { Messages } from '../messages.ts'
import type { EditorHandle, EditorOptions } from '../options.ts'
import { mayLose } from '../save-state.ts'
import { mountConnection } from './connection-view.ts'
import { h, listen } from './dom.ts'
import { createNotice } from './notice.ts'
import { mountPeople } from './people-view.ts'
import { mountSaveState } from './save-view.ts'
import { isShortcut } from './shortcut.ts'
import type { Surface } from './surface.ts'
import { createToolbar } from './toolbar.ts'
import type { Toolbar } from './toolbar.ts'
import { saveShortcut } from './tools.ts'
import { showTooltips } from './tooltip.ts'

export interface ChromeParts {
  readonly surface: Surface
  readonly editor: LexicalEditor
  readonly session: CollaborationSession
  readonly messages: Messages
  readonly handle: EditorHandle
  readonly options: EditorOptions
  readonly failed: (error: Error) => void
}

/** Gives the function that removes it all. */
export function mountChrome(parts: ChromeParts): () => void {
  const { surface, editor, session, messages, handle, options, failed } = parts
  const undo: (() => void)[] = [showTooltips(surface.root)]
  let toolbar: Toolbar | undefined
  if (options.toolbar !== 'none') {
    toolbar = createToolbar({
      editor,
      session,
      messages,
      surface,
      failed,
    })
    surface.bar.append(toolbar.element)
    undo.push(() => toolbar?.destroy())
    if (options.status !== 'none') undo.push(mountStatus(surface.bar, parts))
  }
  surface.bar.hidden = toolbar === undefined

  const showNotice = createNotice(surface, handle, messages)
  undo.push(
    handle.on('syncStatus', showNotice),
    editor.registerCommand(
      KEY_DOWN_COMMAND,
      (event) => {
        if (event.altKey && event.key === 'F10' && toolbar !== undefined) {
          event.preventDefault()
          toolbar.focus()
          return true
        }
        // There is nothing to save by hand; the browser's dialog would only save the page. Views answer it.
        if (isShortcut(event, saveShortcut)) event.preventDefault()
        return false
      },
      COMMAND_PRIORITY_NORMAL,
    ),
    listen(window, 'beforeunload' as 'close', (event) => {
      const { kept, pendingChanges } = handle.status
      if (mayLose(pendingChanges, kept)) event.preventDefault()
    }),
  )
  showNotice(handle.status)
  return mergeRegister(...undo)
}

function mountStatus(bar: HTMLElement, { messages, handle }: ChromeParts): () => void {
  const status = h('div', { class: 'cometpad-status' })
  bar.append(status)
  return mergeRegister(
    mountSaveState(status, handle, { messages }),
    mountConnection(status, handle, { messages }),
    mountPeople(status, handle, { messages }),
  )
}
