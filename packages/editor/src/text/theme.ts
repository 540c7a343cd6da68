/** The class names of the text. What they look like is in style/. */
import type { EditorThemeClasses } from 'lexical'

export const theme: EditorThemeClasses = {
  paragraph: 'cometpad-p',
  quote: 'cometpad-quote',
  code: 'cometpad-code-block',
  heading: {
    h1: 'cometpad-h1',
    h2: 'cometpad-h2',
    h3: 'cometpad-h3',
    h4: 'cometpad-h3',
    h5: 'cometpad-h3',
    h6: 'cometpad-h3',
  },
  list: {
    ul: 'cometpad-ul',
    ol: 'cometpad-ol',
    checklist: 'cometpad-checklist',
    listitem: 'cometpad-li',
    listitemChecked: 'cometpad-li-checked',
    listitemUnchecked: 'cometpad-li-unchecked',
    nested: { listitem: 'cometpad-li-nested' },
  },
  container: 'cometpad-container',
  table: 'cometpad-table',
  tableCell: 'cometpad-cell',
  tableCellHeader: 'cometpad-cell-header',
  link: 'cometpad-link',
  text: {
    bold: 'cometpad-bold',
    italic: 'cometpad-italic',
    underline: 'cometpad-underline',
    strikethrough: 'cometpad-strike',
    underlineStrikethrough: 'cometpad-underline-strike',
    code: 'cometpad-code',
  },
}
