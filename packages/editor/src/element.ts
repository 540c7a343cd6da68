/**
 * The door for plain HTML: <cometpad-editor server="…" document-id="…" token="…">. Scalar options are attributes, the
 * others properties; callbacks are events with the same name, lower case, without "on". Importing this module defines
 * the element.
 */
import { createEditor } from './create-editor.ts'
import type { Messages } from './messages.ts'
import type { EditorEvents, EditorHandle, EditorOptions, Theme } from './options.ts'
import type { EditorUser } from './user.ts'

/** Attributes that make another editor when they change. */
const MAKING = ['server', 'document-id', 'token', 'toolbar', 'status', 'dir', 'persist'] as const
/** Attributes that the editor takes over as it is. */
const LIVE = ['readonly', 'theme', 'placeholder', 'user-name', 'user-color'] as const

/** There is no HTMLElement where pages are rendered on a server; the class is never used there. */
const Base = (typeof HTMLElement === 'undefined' ? Object : HTMLElement) as typeof HTMLElement

export class CometpadEditorElement extends Base {
  static readonly observedAttributes: readonly string[] = [...MAKING, ...LIVE]

  #handle: EditorHandle | undefined
  #scheduled = false
  #user: EditorUser | undefined
  #messages: Partial<Messages> | undefined
  #tokenSource: (() => string | Promise<string>) | undefined
  readonly #host: HTMLElement

  constructor() {
    super()
    const shadow = this.attachShadow({ mode: 'open' })
    this.#host = document.createElement('div')
    this.#host.className = 'cometpad-host'
    shadow.append(this.#host)
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(
      ':host{display:block;min-block-size:12rem}:host([hidden]){display:none}.cometpad-host{block-size:100%}',
    )
    shadow.adoptedStyleSheets = [sheet]
  }

  /** The editor's handle while the element is in a page and has `server` and `document-id`. */
  get handle(): EditorHandle | undefined {
    return this.#handle
  }

  get user(): EditorUser | undefined {
    return this.#user ?? userOf(this)
  }

  set user(user: EditorUser | undefined) {
    this.#user = user
    if (this.user !== undefined) this.#handle?.setUser(this.user)
  }

  /** Words of another language. */
  set messages(messages: Partial<Messages> | undefined) {
    this.#messages = messages
    this.#schedule()
  }

  /** Asked for a token whenever one is needed; the attribute `token` is for tokens that never change. */
  set tokenSource(source: (() => string | Promise<string>) | undefined) {
    this.#tokenSource = source
    this.#schedule()
  }

  override focus(): void {
    this.#handle?.focus()
  }

  connectedCallback(): void {
    // A move inside the page disconnects and connects in one go; the editor survives it.
    if (this.#handle === undefined) this.#schedule()
  }

  disconnectedCallback(): void {
    queueMicrotask(() => {
      if (!this.isConnected) this.#drop()
    })
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (before === after) return
    if ((MAKING as readonly string[]).includes(name)) this.#schedule()
    else this.#configure()
  }

  /** Several attributes are usually set in a row; one editor is made for all of them. */
  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      this.#drop()
      const options = optionsOf(this)
      if (!this.isConnected || options === undefined) return
      this.#handle = createEditor(this.#host, {
        ...options,
        ...(this.#tokenSource === undefined ? {} : { token: this.#tokenSource }),
        ...(this.#messages === undefined ? {} : { messages: this.#messages }),
        ...(this.user === undefined ? {} : { user: this.user }),
      })
      for (const name of ['ready', 'syncStatus', 'presence', 'change', 'error'] as const) this.#forward(name)
    })
  }

  #forward(name: keyof EditorEvents): void {
    this.#handle?.on(name, (detail) => {
      this.dispatchEvent(new CustomEvent(name.toLowerCase(), { detail }))
    })
  }

  #configure(): void {
    const options = optionsOf(this)
    if (this.#handle === undefined || options === undefined) return
    this.#handle.configure({
      readOnly: options.readOnly ?? false,
      theme: options.theme ?? 'auto',
      ...(options.placeholder === undefined ? {} : { placeholder: options.placeholder }),
    })
    if (this.user !== undefined) this.#handle.setUser(this.user)
  }

  #drop(): void {
    this.#handle?.destroy()
    this.#handle = undefined
  }
}

/** The options that an element's attributes stand for; undefined while it lacks what an editor needs. */
export function optionsOf(element: Element): EditorOptions | undefined {
  const text = (name: string): string | undefined => element.getAttribute(name) ?? undefined
  const server = text('server')
  const documentId = text('document-id')
  if (server === undefined || documentId === undefined) return undefined
  const token = text('token')
  const placeholder = text('placeholder')
  const persist = text('persist')
  return {
    // Relative to the page, as every other URL in an attribute.
    server: new URL(server, element.baseURI).href,
    documentId,
    readOnly: element.hasAttribute('readonly'),
    autoFocus: element.hasAttribute('autofocus'),
    toolbar: text('toolbar') === 'none' ? 'none' : 'full',
    status: text('status') === 'none' ? 'none' : 'full',
    theme: oneOf<Theme>(text('theme'), ['light', 'dark', 'auto']),
    dir: oneOf(text('dir'), ['auto', 'ltr', 'rtl']),
    ...(token === undefined ? {} : { token }),
    ...(persist === undefined || persist === ''
      ? {}
      : { persist: persist !== 'none' && { prefix: persist } }),
    ...(placeholder === undefined ? {} : { placeholder }),
  }
}

function oneOf<Value extends string>(text: string | undefined, values: readonly Value[]): Value {
  return values.find((value) => value === text) ?? ('auto' as Value)
}

function userOf(element: Element): EditorUser | undefined {
  const name = element.getAttribute('user-name')
  const color = element.getAttribute('user-color')
  return name === null ? undefined : { name, ...(color === null ? {} : { color }) }
}

/** Defines <cometpad-editor>; a second call, or a page that defined it already, changes nothing. */
export function defineCometpadEditor(name = 'cometpad-editor'): void {
  if (typeof customElements === 'undefined' || customElements.get(name) !== undefined) return
  customElements.define(name, CometpadEditorElement)
}

defineCometpadEditor()
