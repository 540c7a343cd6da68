/**
 * The handle that a page gets, for as long as the page wants it. What it stands for may have to be begun anew: when the server
 * has replaced the document's history, or has taken the right to write and refuses what is not saved. Then the text that the
 * document will not have is offered beside it. Knows no Yjs.
 */
import { CometpadError, clientLimits as limits } from '@cometpad/shared'
import { $getRoot } from 'lexical'
import { deferred } from './deferred.ts'
import { Emitter } from './emitter.ts'
import { englishMessages } from './messages.ts'
import type { Messages } from './messages.ts'
import { openDocument } from './opening.ts'
import type { ProviderFor } from './opening.ts'
import { checkOptions } from './options.ts'
import type { EditorEvents, EditorHandle, EditorOptions, EditorStatus, LiveOptions } from './options.ts'
import { KeptCopies } from './ui/kept-copies.ts'

const EVENTS = ['syncStatus', 'presence', 'change', 'error'] as const

export function mountEditor(
  target: HTMLElement,
  options: EditorOptions,
  providerFor: ProviderFor,
): EditorHandle {
  checkOptions(options)
  const messages: Messages = { ...englishMessages, ...options.messages }
  const events = new Emitter<EditorEvents>()
  subscribe(events, options)
  const ready = deferred<EditorHandle>()
  let live: LiveOptions = {}
  let user = options.user
  let state: 'opening' | 'open' | 'reopening' | 'destroyed' = 'opening'
  let refusal: ReturnType<typeof setTimeout> | undefined
  let current!: EditorHandle

  const handle: EditorHandle = {
    ready: ready.promise,
    get lexical() {
      return current.lexical
    },
    get ydoc() {
      return current.ydoc
    },
    get provider() {
      return current.provider
    },
    get doctor() {
      return current.doctor
    },
    get status() {
      return current.status
    },
    get people() {
      return current.people
    },
    on: (name, run) => events.on(name, run),
    getText: () => current.getText(),
    getJSON: () => current.getJSON(),
    focus: (where) => current.focus(where),
    setUser(given) {
      user = given
      current.setUser(given)
    },
    configure(given) {
      live = { ...live, ...given }
      current.configure(given)
    },
    undo: () => current.undo(),
    redo: () => current.redo(),
    destroy() {
      state = 'destroyed'
      clearTimeout(refusal)
      copies.destroy()
      current.destroy()
      events.clear()
    },
  }

  const copies = new KeptCopies({ handle, messages, insert: (text) => insert(current, text) })
  open({})
  void copies.look()
  return handle

  function open(changed: Partial<EditorOptions>): void {
    const own = new Emitter<EditorEvents>()
    for (const name of EVENTS) own.on(name, (payload) => events.emit(name, payload as never))
    const parts = { target, messages, providerFor, events: own, aside: copies.element }
    current = openDocument({ ...parts, options: { ...options, ...changed } })
    current.on('syncStatus', onStatus)
    current.on('ready', onReady)
    current.on('error', onError)
    current.ready.catch((error: unknown) => {
      if (error instanceof CometpadError && error.code !== 'GENERATION_CHANGED') ready.reject(error)
    })
    void current.provider.connect()
  }

  function onReady(): void {
    if (state !== 'opening') return
    state = 'open'
    ready.resolve(handle)
    events.emit('ready', handle)
  }

  function onStatus(status: EditorStatus): void {
    if (current.provider.stopCode === 'GENERATION_CHANGED') queueMicrotask(() => void reopen('replaced'))
    // What was on its way may have been taken in before the right was: that is told in a moment.
    else if (isRefused(status))
      refusal ??= setTimeout(() => {
        refusal = undefined
        if (isRefused(current.status)) void reopen('refused')
      }, limits.refusalMs)
  }

  function onError(error: Error): void {
    // What goes on with somebody else's words is refused for good: only a document of its own can be written in.
    if (error instanceof CometpadError && error.code === 'CLIENT_ID_TAKEN')
      queueMicrotask(() => void reopen('refused'))
  }

  /** Begins with what the server has. What it does not have stays beside it, for the person to copy. */
  async function reopen(reason: 'replaced' | 'refused'): Promise<void> {
    if (state === 'reopening' || state === 'destroyed') return
    const before = state
    state = 'reopening'
    const left = current
    const unsaved = left.status.pendingChanges > 0 ? left.getText() : undefined
    if (reason === 'refused')
      await left.provider.setAside().catch((error: Error) => events.emit('error', error))
    if (isDestroyed()) return
    left.destroy()
    open({ ...live, autoFocus: false, ...(user === undefined ? {} : { user }) })
    state = before
    events.emit('reopened', handle)
    await copies.look({ reason, unsaved })
  }

  function isDestroyed(): boolean {
    return state === 'destroyed'
  }
}

function isRefused({ demoted, connection, pendingChanges }: EditorStatus): boolean {
  return demoted && connection === 'connected' && pendingChanges > 0
}

/** Adds the text to the end of the document. */
function insert({ lexical }: EditorHandle, text: string): void {
  lexical.update(() => {
    const end = $getRoot().selectEnd()
    for (const block of text.split('\n\n')) {
      end.insertParagraph()
      end.insertRawText(block)
    }
  })
}

/** The callbacks among the options are subscriptions like any other. */
function subscribe(events: Emitter<EditorEvents>, options: EditorOptions): void {
  if (options.onReady !== undefined) events.on('ready', options.onReady)
  if (options.onSyncStatus !== undefined) events.on('syncStatus', options.onSyncStatus)
  if (options.onPresence !== undefined) events.on('presence', options.onPresence)
  if (options.onChange !== undefined) events.on('change', options.onChange)
  if (options.onError !== undefined) events.on('error', options.onError)
}
