/** Every word that the editor says. Give `messages` with other words to `createEditor` to translate it. */
import type { NoTransportReason, TransportName, TransportReason } from '@cometpad/provider'
import type { BlockType } from './text/block-type.ts'

/** Where unsaved changes are: on this device, so that they survive the page, on their way there, or in this tab alone. */
export type Where = 'device' | 'moving' | 'tab'

export interface Messages {
  /** What the text is called when the document has no title. */
  readonly editorLabel: string
  readonly placeholder: string
  readonly toolbarLabel: string
  readonly blockTypeLabel: string
  readonly blockTypes: Readonly<Record<BlockType, string>>
  readonly undo: string
  readonly redo: string
  readonly bold: string
  readonly italic: string
  readonly underline: string
  readonly strikethrough: string
  readonly code: string
  readonly link: string
  /** Blocks in a frame. */
  readonly note: string
  readonly more: string
  readonly table: string
  readonly tableTools: string
  readonly tableRows: string
  readonly tableColumns: string
  readonly tableHeader: string
  readonly tableInsert: string
  readonly tableRowBefore: string
  readonly tableRowBehind: string
  readonly tableColumnBefore: string
  readonly tableColumnBehind: string
  readonly tableRemoveRow: string
  readonly tableRemoveColumn: string
  readonly tableRemove: string
  readonly linkAddress: string
  readonly linkInvalid: string
  readonly linkGone: string
  readonly linkApply: string
  readonly linkRemove: string
  readonly cancel: string
  readonly connecting: string
  readonly saving: string
  readonly saved: string
  readonly viewing: string
  readonly offline: (changes: number, where: Where) => string
  /** Before the sentence that says why nothing could be opened. */
  readonly cannotConnect: string
  /** Before the sentence that says why a connection ended for good. */
  readonly stopped: string
  readonly connectingHint: string
  readonly savingHint: string
  readonly savedHint: string
  readonly viewingHint: string
  readonly offlineHint: string
  /** Offline, and the changes do not survive the page. */
  readonly onlyHereHint: string
  /** An owner has taken the right to write. */
  readonly demoted: string
  readonly broken: string
  /** The document was written by a newer version than this page's. */
  readonly outdated: string
  /** Name of the connection light; `text` is one of `connections`. */
  readonly connectionLabel: (text: string) => string
  /** How editing feels over each transport. */
  readonly connections: Readonly<Record<TransportName | 'none', string>>
  /** Why it is this one, in words for somebody who knows none of theirs. */
  readonly connectionReasons: Readonly<Record<TransportReason | NoTransportReason, string>>
  /** Leads to the page that finds out what works. */
  readonly checkConnection: string
  /** After the sentence that says why it stopped: what the server does not have. */
  readonly notSaved: (changes: number, kept: boolean) => string
  readonly copyText: string
  readonly textCopied: string
  /** Where the page may not use the clipboard. */
  readonly textSelected: string
  /** Names the place where a text is offered that the document will not have. */
  readonly keptLabel: string
  readonly keptText: string
  readonly keptReplaced: string
  readonly keptRefused: string
  readonly keptCopy: string
  readonly keptInsert: string
  readonly keptDiscard: string
  readonly keptElsewhere: string
  /** Another version stands in the document's place, and nothing was unsaved. */
  readonly replaced: string
  readonly close: string
  readonly peopleLabel: (count: number) => string
  readonly you: (name: string) => string
  readonly unnamed: string
}

export const englishMessages: Messages = {
  editorLabel: 'Document text',
  placeholder: 'Write something…',
  toolbarLabel: 'Text tools',
  blockTypeLabel: 'Kind of text',
  blockTypes: {
    paragraph: 'Text',
    h1: 'Heading 1',
    h2: 'Heading 2',
    h3: 'Heading 3',
    bullet: 'Bullet list',
    number: 'Numbered list',
    check: 'Check list',
    quote: 'Quote',
    code: 'Code block',
  },
  undo: 'Undo',
  redo: 'Redo',
  bold: 'Bold',
  italic: 'Italic',
  underline: 'Underline',
  strikethrough: 'Strikethrough',
  code: 'Code',
  link: 'Link',
  note: 'Note',
  more: 'More tools',
  table: 'Table',
  tableTools: 'Table tools',
  tableRows: 'Rows',
  tableColumns: 'Columns',
  tableHeader: 'Header row',
  tableInsert: 'Insert table',
  tableRowBefore: 'Add row above',
  tableRowBehind: 'Add row below',
  tableColumnBefore: 'Add column before',
  tableColumnBehind: 'Add column after',
  tableRemoveRow: 'Delete row',
  tableRemoveColumn: 'Delete column',
  tableRemove: 'Delete table',
  linkAddress: 'Link address',
  linkInvalid: 'Enter a web address or an e-mail address.',
  linkGone: 'The text for this link was deleted meanwhile. Select the words again.',
  linkApply: 'Apply',
  linkRemove: 'Remove link',
  cancel: 'Cancel',
  connecting: 'Connecting…',
  saving: 'Saving…',
  saved: 'Saved',
  viewing: 'View only',
  offline: (changes, where) => {
    if (changes === 0) return 'Offline'
    const count = changes === 1 ? '1 change' : `${changes} changes`
    if (where === 'moving') return `Offline, keeping ${count} on this device…`
    return where === 'device' ? `Offline, ${count} kept on this device` : `Offline, ${count} only in this tab`
  },
  cannotConnect: 'Can’t connect',
  stopped: 'Stopped',
  connectingHint: 'The document is being opened.',
  savingHint: 'Your latest changes are on their way to the server.',
  savedHint: 'The server has written every change to its disk.',
  viewingHint: 'You can read this document but not change it.',
  offlineHint:
    'There is no connection. What you write is kept on this device, also when you close the page, and is sent when the connection is back.',
  onlyHereHint:
    'There is no connection, and your changes are only in this tab: do not close it. They are sent when the connection is back.',
  demoted:
    'An owner of this document has changed what you may do: you can read it, and not change it any more.',
  broken:
    'Something went wrong while an edit of somebody else was shown. Reload the page to go on; what was saved is safe.',
  outdated:
    'This document was written by a newer version of the editor. You can read it and see what others write. Reload the page to edit.',
  connectionLabel: (text) => `Connection: ${text}`,
  connections: {
    ws: 'Live',
    stream: 'Live, by a detour',
    poll: 'Live, in small steps',
    none: 'Not connected',
  },
  connectionReasons: {
    best: 'Changes travel both ways at once, over a WebSocket.',
    chosen: 'This page asks for this kind of connection.',
    'ws-missing': 'This browser has no WebSockets, so changes travel over plain web requests.',
    remembered:
      'WebSockets did not get through here a while ago, so changes travel over plain web requests. The faster way is tried again soon.',
    'ws-failed':
      'Something on the way to the server refuses WebSockets, so changes travel over plain web requests. The faster way is tried again from time to time.',
    'ws-silent':
      'Something on the way to the server swallows WebSockets, so changes travel over plain web requests. The faster way is tried again from time to time.',
    'ws-unstable':
      'WebSockets break here again and again, so changes travel over plain web requests. The faster way is tried again in some minutes.',
    'stream-buffered':
      'Something on the way to the server holds back what it sends, so new changes are asked for again and again. Nothing is lost; others’ changes may come a moment later.',
    'stream-failed':
      'Something on the way to the server cuts long answers, so new changes are asked for again and again. Nothing is lost; others’ changes may come a moment later.',
    connecting: 'The connection is being made.',
    unreachable: 'The server cannot be reached. It is tried again by itself.',
    disconnected: 'This page is not connected at the moment.',
    stopped: 'The connection has ended and is not tried again.',
  },
  checkConnection: 'Check the connection',
  notSaved: (changes, kept) =>
    `${changes} ${changes === 1 ? 'change' : 'changes'} did not reach the server: ${kept ? 'they are kept on this device, and you can copy the text.' : 'copy the text before you leave this page.'}`,
  copyText: 'Copy the text',
  textCopied: 'Copied',
  textSelected: 'Selected: now copy it',
  keptLabel: 'Text that was not saved',
  keptText: 'Your text',
  keptReplaced:
    'This document was replaced by another version before your last words were saved. Here is your text as it was; nothing of it was mixed into the document.',
  keptRefused:
    'The server did not take your last words, so the document does not have them. Here is your text as it was; what the document does not have is marked.',
  keptCopy: 'Copy',
  keptInsert: 'Insert at the end',
  keptDiscard: 'Discard',
  keptElsewhere: 'Another tab of yours has seen to this text already.',
  replaced: 'This document was replaced by another version. You see it as it is now.',
  close: 'Close',
  peopleLabel: (count) => (count === 1 ? '1 person here' : `${count} people here`),
  you: (name) => `${name} (you)`,
  unnamed: 'Guest',
}
