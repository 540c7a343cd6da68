/**
 * Puts an editor together for as long as one `Y.Doc` is good: document, provider, Lexical, surface and its handle. The order
 * matters: the binding listens before the provider connects, which the caller lets it do, and nobody can type before the
 * document is here.
 */
import type { BindingState } from '@cometpad/binding'
import { CometpadError } from '@cometpad/shared'
import { effect } from '@lexical/extension'
import { $getRoot, mergeRegister } from 'lexical'
import { Awareness } from 'y-protocols/awareness'
import { Doc } from 'yjs'
import { doctorAddress } from './doctor-address.ts'
import { deferred } from './deferred.ts'
import type { Emitter } from './emitter.ts'
import { $isEmptyText, buildLexical, focusText } from './lexical.ts'
import type { Messages } from './messages.ts'
import type { EditorEvents, EditorHandle, EditorOptions, EditorStatus, LiveOptions } from './options.ts'
import { peopleOf } from './presence.ts'
import type { Person } from './presence.ts'
import type { EditorProvider } from './provider.ts'
import { trackStatus } from './status.ts'
import { adoptStyle } from './style/adopt.ts'
import { mountChrome } from './ui/chrome.ts'
import { createSurface } from './ui/surface.ts'
import type { EditorUser } from './user.ts'
import { cleanName } from './user.ts'

export interface ProviderParts {
  readonly doc: Doc
  readonly awareness: Awareness
  /** The way into the document for what others wrote. */
  readonly applyUpdate: (update: Uint8Array, origin: unknown) => void
}

/** Makes the provider of a document; it must not connect by itself. */
export type ProviderFor = (options: EditorOptions, parts: ProviderParts) => EditorProvider

/** `change` is emitted at most this often. */
const CHANGE_INTERVAL_MS = 250

export interface OpeningParts {
  readonly target: HTMLElement
  readonly options: EditorOptions
  readonly messages: Messages
  readonly providerFor: ProviderFor
  /** Emptied when the handle is destroyed. */
  readonly events: Emitter<EditorEvents>
  /** Stands above the text, and is of the caller. */
  readonly aside: HTMLElement
}

/** Never emits `reopened`: that there is another opening it does not know. */
export function openDocument(parts: OpeningParts): EditorHandle {
  const { target, options, messages, providerFor, events, aside } = parts
  const doc = new Doc()
  const awareness = new Awareness(doc)
  const user = (given: EditorUser | undefined): EditorUser => ({
    ...given,
    name: cleanName(given?.name, messages.unnamed),
  })
  const failed = (error: Error): void => events.emit('error', error)
  const { editor, session } = buildLexical({ doc, awareness, user: user(options.user) }, failed)
  const provider = providerFor(options, {
    doc,
    awareness,
    applyUpdate: (update, origin) => session.applyUpdate(update, origin),
  })
  const surface = createSurface(options, messages, aside)
  const status = trackStatus(provider, options.readOnly ?? false, messages, onStatus)
  const ready = deferred<EditorHandle>()
  let live: LiveOptions = {}
  let people: readonly Person[] = []
  let state: 'opening' | 'open' | 'destroyed' = 'opening'

  /** The one place that decides what can be edited. */
  function evaluate(): void {
    const editable = state === 'open' && status.current.connection !== 'stopped' && status.current.canEdit
    if (editable) session.begin()
    const { root, content, placeholder } = surface
    // Lexical leaves the element itself to its owner.
    if (content.contentEditable !== String(editable)) content.contentEditable = String(editable)
    if (editor.isEditable() !== editable) editor.setEditable(editable)
    root.dataset['theme'] = live.theme ?? options.theme ?? 'auto'
    root.toggleAttribute('data-loading', state === 'opening')
    content.setAttribute('aria-readonly', String(!editable))
    content.setAttribute('aria-busy', String(state === 'opening'))
    placeholder.textContent = live.placeholder ?? options.placeholder ?? messages.placeholder
    showPlaceholder()
  }

  /** At every keystroke, so it touches as little as it can. */
  function showPlaceholder(): void {
    surface.placeholder.hidden = state === 'opening' || !editor.getEditorState().read($isEmptyText)
  }

  function onStatus(current: EditorStatus): void {
    if (state === 'opening' && current.opened) {
      state = 'open'
      evaluate()
      if (options.autoFocus === true) handle.focus('start')
      ready.resolve(handle)
      events.emit('ready', handle)
    } else if (state === 'opening' && provider.stopCode !== undefined) {
      ready.reject(new CometpadError(provider.stopCode))
    }
    evaluate()
    // Not what came in: to evaluate may have begun the document, which is a change that is not saved yet.
    events.emit('syncStatus', status.current)
  }

  /** The document may be newer than this page, or not be shown as it is: to write on would damage it. */
  function onBinding(binding: BindingState): void {
    status.setBinding(binding.state === 'outdated' || binding.state === 'broken' ? binding.state : 'live')
    if (binding.state !== 'broken') return
    events.emit('error', new Error(messages.broken, { cause: binding.error }))
  }

  function onPresence(): void {
    const next = peopleOf(awareness.getStates(), awareness.clientID, messages.unnamed)
    // Presence changes with every caret; the people seldom do, and what shows them shall stand still under a pointer.
    if (JSON.stringify(next) === JSON.stringify(people)) return
    people = next
    events.emit('presence', people)
  }

  function onTitle(title: string): void {
    surface.content.setAttribute('aria-label', title === '' ? messages.editorLabel : title)
  }

  const handle: EditorHandle = {
    ready: ready.promise,
    lexical: editor,
    ydoc: doc,
    provider,
    doctor: doctorAddress(options.server, location.origin),
    get status() {
      return status.current
    },
    get people() {
      return people
    },
    on: (name, run) => events.on(name, run),
    // `editor.read` takes in what is pending first, so that one reads what one has just changed.
    getText: () => editor.read(() => $getRoot().getTextContent()),
    getJSON: () => editor.read(() => editor.getEditorState().toJSON()),
    focus: (where) => focusText(editor, where),
    setUser: (given) => session.setUser(user(given)),
    configure(given) {
      live = { ...live, ...given }
      status.setReadOnly(live.readOnly ?? options.readOnly ?? false)
      evaluate()
    },
    undo: () => session.undo(),
    redo: () => session.redo(),
    destroy() {
      if (state === 'destroyed') return
      state = 'destroyed'
      dismantle()
    },
  }

  target.append(surface.root)
  adoptStyle(target)
  // Undone from the last to the first.
  const dismantle = mergeRegister(
    () => surface.root.remove(),
    () => doc.destroy(),
    () => awareness.destroy(),
    () => provider.destroy(),
    () => events.clear(),
    () => editor.dispose(),
    () => session.destroy(),
    () => editor.setRootElement(null),
    () => session.drawCursorsIn(null),
    mountChrome({ surface, editor, session, messages, handle, options, failed }),
    () => awareness.off('change', onPresence),
    () => provider.off('title', onTitle),
    () => provider.off('error', failed),
    () => status.destroy(),
    effect(() => onBinding(session.state.value)),
    editor.registerUpdateListener(showPlaceholder),
    emitChanges(doc, () => events.emit('change', undefined)),
  )
  awareness.on('change', onPresence)
  provider.on('title', onTitle)
  provider.on('error', failed)
  editor.setRootElement(surface.content)
  session.drawCursorsIn(surface.cursors)
  onPresence()
  onTitle(provider.title)
  evaluate()
  return handle
}

function emitChanges(doc: Doc, emit: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const onUpdate = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined
      emit()
    }, CHANGE_INTERVAL_MS)
  }
  doc.on('update', onUpdate)
  return () => {
    clearTimeout(timer)
    doc.off('update', onUpdate)
  }
}
