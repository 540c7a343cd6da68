/**
 * The editor for pages without a framework. `createEditor` is all that most pages need; the rest is for pages that show
 * the save state and the people themselves, or build on the text extension (with @cometpad/binding).
 */
export { createEditor } from './create-editor.ts'
export { connectionWords } from './connection-words.ts'
export type { ConnectionWords } from './connection-words.ts'
export { textOfCopy } from './copy-text.ts'
export { forgetOnThisDevice } from '@cometpad/provider'
export { englishMessages } from './messages.ts'
export type { Messages, Where } from './messages.ts'
export type {
  EditorEvents,
  EditorHandle,
  EditorOptions,
  EditorStatus,
  LiveOptions,
  Theme,
} from './options.ts'
export { peopleOf } from './presence.ts'
export type { Person } from './presence.ts'
export type { EditorProvider } from './provider.ts'
export { saveWords } from './save-state.ts'
export type { SaveState } from './save-state.ts'
export { CometpadTextExtension } from './text/rich-text.ts'
export { mountConnection } from './ui/connection-view.ts'
export { mountPeople } from './ui/people-view.ts'
export { mountSaveState } from './ui/save-view.ts'
export { colorOf, initialsOf, userColors } from './user.ts'
export type { EditorUser } from './user.ts'
