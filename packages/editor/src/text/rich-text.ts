/** Everything that a text may contain, as one extension. Every build registers every node: see DESIGN 10. */
import { CheckListExtension, ListExtension } from '@lexical/list'
import { RichTextExtension } from '@lexical/rich-text'
import { configExtension, defineExtension } from 'lexical'
import { SafeLinkExtension } from './links.ts'
import { MarkdownShortcutsExtension } from './markdown-shortcuts.ts'
import { TableKeysExtension } from './table-keys.ts'
import { theme } from './theme.ts'

export const CometpadTextExtension = /* @__PURE__ */ defineExtension({
  name: '@cometpad/editor/Text',
  theme,
  dependencies: [
    RichTextExtension,
    configExtension(ListExtension, { shouldPreserveNumbering: false, hasStrictIndent: true }),
    CheckListExtension,
    SafeLinkExtension,
    TableKeysExtension,
    MarkdownShortcutsExtension,
  ],
})
