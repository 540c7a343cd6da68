/** What is loaded when somebody begins to write: the dialog for links, the tools for tables, and what they look like. */
import { adoptStyle } from '../style/adopt.ts'
import { toolsCss } from '../style/tools-css.ts'
import { createLinkDialog } from './link-dialog.ts'
import { mountTableTools } from './table-tools.ts'
import type { TableToolsParts } from './table-tools.ts'

export type WritingToolsParts = TableToolsParts

export interface WritingTools {
  openLink(): void
  openTable(): void
  destroy(): void
}

export function mountWritingTools(parts: WritingToolsParts): WritingTools {
  const { editor, messages, surface } = parts
  adoptStyle(surface.root, toolsCss)
  const dialog = createLinkDialog(editor, messages)
  surface.root.append(dialog.element)
  const table = mountTableTools(parts)
  return {
    openLink: () => dialog.open(),
    openTable: () => table.open(),
    destroy() {
      table.destroy()
      dialog.element.remove()
    },
  }
}
