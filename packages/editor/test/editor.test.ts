// @vitest-environment happy-dom
import { FORM_VERSION, META } from '@cometpad/binding'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { applyUpdate, encodeStateAsUpdate } from 'yjs'
import { mountEditor } from '../src/mount.ts'
import type { EditorHandle, EditorOptions } from '../src/options.ts'
import { mountPeople } from '../src/ui/people-view.ts'
import { StubProvider } from './stub-provider.ts'
import { createWriter, destroy, flush, type } from './wired-editors.ts'

const target = document.createElement('div')
let handle: EditorHandle | undefined

function mount(options: Partial<EditorOptions> = {}): { handle: EditorHandle; provider: StubProvider } {
  const made = mountEditor(
    target,
    { server: 'https://pad.test', documentId: 'd', user: { name: 'Ada' }, ...options },
    (_, { doc, awareness }) => new StubProvider({ doc, awareness }),
  )
  handle = made
  return { handle: made, provider: made.provider as StubProvider }
}

function find(selector: string): HTMLElement {
  const found = target.querySelector<HTMLElement>(selector)
  if (found === null) throw new TypeError(`there is no ${selector}`)
  return found
}

const words = (): string => find('.cometpad-save-words').textContent
const press = (on: HTMLElement, key: string, more: KeyboardEventInit = {}): KeyboardEvent => {
  const event = new KeyboardEvent('keydown', {
    key,
    bubbles: true,
    cancelable: true,
    composed: true,
    ...more,
  })
  on.dispatchEvent(event)
  return event
}
const focused = (): string | null | undefined => document.activeElement?.getAttribute('aria-label')

beforeEach(() => {
  document.body.replaceChildren(target)
})

afterEach(() => {
  handle?.destroy()
  handle = undefined
  StubProvider.all.length = 0
})

describe('the connection light', () => {
  const light = (): HTMLElement => find('.cometpad-light')
  const spoken = (): string => find('.cometpad-connection [role=status]').textContent

  test('[CL1] shows which transport is in use, and says why behind a button', () => {
    const { provider } = mount()
    expect(light().getAttribute('aria-label')).toBe('Connection: Not connected')
    provider.travel({ transport: 'poll', reason: 'stream-buffered' })
    expect(find('.cometpad-connection').dataset['light']).toBe('poll')
    expect(light().getAttribute('aria-label')).toBe('Connection: Live, in small steps')
    expect(light().tagName).toBe('BUTTON')
    expect(find('.cometpad-light-panel').textContent).toContain('holds back what it sends')
    expect(handle?.status.transport).toEqual({ transport: 'poll', reason: 'stream-buffered' })
  })

  test('[CL1] has other words for another language', () => {
    const { provider } = mount({
      messages: {
        connectionLabel: (text) => `Verbindung: ${text}`,
        connections: { ws: 'direkt', stream: '', poll: '', none: '' },
      },
    })
    provider.travel({ transport: 'ws', reason: 'best' })
    expect(light().getAttribute('aria-label')).toBe('Verbindung: direkt')
  })

  test('[CL6] leads to the doctor of the server, in another tab', () => {
    mount({ messages: { checkConnection: 'Verbindung prüfen' } })
    const link = find('.cometpad-light-panel a')
    expect(link.getAttribute('href')).toMatch(/^https:\/\/[^/]+\/doctor(\?|$)/)
    expect(link.getAttribute('target')).toBe('_blank')
    expect(link.textContent).toBe('Verbindung prüfen')
  })

  test('[CL2] says nothing of the best, each change once, and nothing of a connection that comes back the same', () => {
    const { provider } = mount()
    provider.travel({ transport: 'ws', reason: 'best' })
    expect(spoken()).toBe('')
    provider.travel({ transport: 'stream', reason: 'ws-failed' })
    expect(spoken()).toMatch(/^Connection: Live, by a detour\. Something .* refuses WebSockets/)
    const said = find('.cometpad-connection [role=status]').firstChild
    provider.travel({ transport: undefined, reason: 'unreachable' })
    provider.travel({ transport: 'stream', reason: 'ws-failed' })
    expect(find('.cometpad-connection [role=status]').firstChild).toBe(said)
    provider.travel({ transport: 'ws', reason: 'best' })
    expect(spoken()).toMatch(/^Connection: Live\./)
  })
})

describe('opening', () => {
  test('connects after everything listens, and lets nobody type before the document is here', async () => {
    const onReady = vi.fn()
    const { handle: made, provider } = mount({ onReady })
    expect(provider.calls).toEqual(['connect'])
    expect(find('.cometpad-content').contentEditable).toBe('false')
    expect(words()).toBe('Connecting…')
    provider.sync()
    expect(find('.cometpad-content').contentEditable).toBe('true')
    expect(await made.ready).toBe(made)
    expect(onReady).toHaveBeenCalledExactlyOnceWith(made)
  })

  test('shows the placeholder only over an empty text that has been opened', () => {
    const { handle: made, provider } = mount({ placeholder: 'Go on' })
    const placeholder = find('.cometpad-placeholder')
    expect(placeholder.hidden).toBe(true)
    provider.sync()
    expect([placeholder.hidden, placeholder.textContent]).toEqual([false, 'Go on'])
    const other = createWriter('B', 2)
    type(other, 'text')
    applyUpdate(made.ydoc, encodeStateAsUpdate(other.doc), provider)
    flush(made.lexical as never)
    destroy(other)
    expect(placeholder.hidden).toBe(true)
    expect(made.getText()).toBe('text')
  })

  test('a connection that can never be rejects `ready` and says why, with the sentence of the table', async () => {
    const { handle: made, provider } = mount()
    provider.stop('FORBIDDEN')
    await expect(made.ready).rejects.toMatchObject({ code: 'FORBIDDEN' })
    expect(words()).toBe('Can’t connect')
    expect(find('.cometpad-notice-words').textContent).toMatch(/Can’t connect: .*Ask its owner for access\./)
    expect(find('.cometpad-content').contentEditable).toBe('false')
  })

  test.each<[string, Partial<EditorOptions>]>([
    ['server', { server: '' }],
    ['server', { server: 'not a url' }],
    ['documentId', { documentId: '' }],
  ])('options without a usable %s are a TypeError', (name, options) => {
    expect(() => mount(options)).toThrow(new RegExp(`^${name}`))
    expect(target.childElementCount).toBe(0)
  })
})

describe('the save state', () => {
  test('follows the provider and says "Saved" only after the acknowledgement', () => {
    const { provider } = mount()
    provider.sync()
    const seen = [words()]
    provider.unsaved(2)
    seen.push(words())
    provider.become('connecting')
    seen.push(words())
    provider.sync()
    seen.push(words())
    provider.unsaved(0)
    seen.push(words())
    expect(seen).toEqual(['Saved', 'Saving…', 'Offline, 2 changes only in this tab', 'Saving…', 'Saved'])
  })

  test('is spoken when the connection is lost and when all is saved again, not at every keystroke', () => {
    const { provider } = mount()
    const spoken = find('.cometpad-save [role="status"]')
    provider.sync()
    provider.unsaved(1)
    provider.unsaved(0)
    expect(spoken.textContent).toBe('')
    provider.become('disconnected')
    expect(spoken.textContent).toMatch(/^Offline\. /)
    provider.unsaved(1)
    expect(spoken.textContent).toMatch(/^Offline\. /)
    provider.unsaved(0)
    provider.sync()
    expect(spoken.textContent).toBe('Saved')
  })

  test('[OF4] a text that the device has kept is shown and can be written on before there is a connection', () => {
    const { provider } = mount()
    const content = find('[role="textbox"]')
    expect(content.contentEditable).toBe('false')
    provider.become('connecting')
    provider.restore()
    expect(content.contentEditable).toBe('true')
    // The first try is under way: that is not yet "offline".
    expect(words()).toBe('Connecting…')
    provider.travel({ transport: undefined, reason: 'unreachable' })
    expect(words()).toBe('Offline')
  })

  test('[OF2] it says where unsaved words are, and leaving is asked about where they would be lost', () => {
    const { provider } = mount()
    const leave = (): boolean => {
      const event = new Event('beforeunload', { cancelable: true })
      window.dispatchEvent(event)
      return event.defaultPrevented
    }
    provider.sync()
    provider.become('disconnected')
    provider.unsaved(1)
    expect(words()).toBe('Offline, 1 change only in this tab')
    expect(leave()).toBe(true)
    provider.keep({ state: 'writing' })
    expect(words()).toBe('Offline, keeping 1 change on this device…')
    expect(leave()).toBe(true)
    provider.keep({ state: 'kept' })
    expect(words()).toBe('Offline, 1 change kept on this device')
    expect(leave()).toBe(false)
    provider.keep({ state: 'failed', code: 'DEVICE_FULL' })
    expect(words()).toBe('Offline, 1 change only in this tab')
    expect(find('.cometpad-save').dataset['tip']).toMatch(/do not close it/)
    expect(leave()).toBe(true)
  })

  test('leaving the page is asked about exactly while something is unsaved', () => {
    const { provider } = mount()
    provider.sync()
    const leave = (): boolean => {
      const event = new Event('beforeunload', { cancelable: true })
      window.dispatchEvent(event)
      return event.defaultPrevented
    }
    expect(leave()).toBe(false)
    provider.unsaved(1)
    expect(leave()).toBe(true)
    handle?.destroy()
    expect(leave()).toBe(false)
  })
})

describe('an editor that has stopped', () => {
  afterEach(() => vi.restoreAllMocks())

  function stopped(): { made: EditorHandle; copy: HTMLElement } {
    const { handle: made, provider } = mount()
    provider.sync()
    type({ editor: made.lexical } as never, 'not saved yet')
    provider.unsaved(2)
    provider.stop('FORBIDDEN')
    return { made, copy: find('.cometpad-notice button') }
  }

  test('keeps the text on the screen, says what the server does not have, and gives a copy', async () => {
    const writeText = vi.fn(() => Promise.resolve())
    vi.spyOn(navigator, 'clipboard', 'get').mockReturnValue({ writeText } as unknown as Clipboard)
    const { made, copy } = stopped()
    expect(find('.cometpad-content').textContent).toBe('not saved yet')
    expect(find('.cometpad-notice-words').textContent).toMatch(
      /^Stopped: .*2 changes did not reach the server/,
    )
    expect([copy.hidden, copy.textContent]).toEqual([false, 'Copy the text'])
    copy.click()
    await vi.waitFor(() => expect(copy.textContent).toBe('Copied'))
    expect(writeText).toHaveBeenCalledExactlyOnceWith(made.getText())
    expect(find('.cometpad-notice [role="status"]').textContent).toBe('Copied')
  })

  test('selects the text for copying by hand where there is no clipboard', async () => {
    vi.spyOn(navigator, 'clipboard', 'get').mockReturnValue(undefined as unknown as Clipboard)
    const { copy } = stopped()
    copy.click()
    await vi.waitFor(() => expect(copy.textContent).toBe('Selected: now copy it'))
    expect(document.getSelection()?.toString()).toBe('not saved yet')
  })

  test('offers no copy of a document that was never opened', () => {
    const { provider } = mount()
    provider.stop('FORBIDDEN')
    expect(find('.cometpad-notice button').hidden).toBe(true)
  })
})

describe('rights', () => {
  test('a viewer reads, says so, and may edit as soon as the role allows', () => {
    const { provider } = mount()
    provider.sync()
    provider.grant('viewer')
    expect([find('.cometpad-content').contentEditable, words()]).toEqual(['false', 'View only'])
    provider.grant('editor')
    expect([find('.cometpad-content').contentEditable, words()]).toEqual(['true', 'Saved'])
  })

  test('[RV2] somebody who may not write any more is told so, what was not saved, and gets a copy', () => {
    const { provider } = mount()
    provider.sync()
    provider.grant('editor')
    const [notice, copy] = [find('.cometpad-notice'), find('.cometpad-notice button')]
    expect(notice.hidden).toBe(true)
    provider.grant('viewer')
    expect([find('.cometpad-content').contentEditable, words()]).toEqual(['false', 'View only'])
    expect(find('.cometpad-notice-words').textContent).toMatch(
      /^An owner of this document .* not change it any more\.$/,
    )
    expect([notice.hidden, copy.hidden]).toEqual([false, true])
    provider.unsaved(2)
    expect([words(), copy.hidden]).toEqual(['View only', false])
    expect(find('.cometpad-notice-words').textContent).toContain('2 changes did not reach the server')
    provider.unsaved(0)
    provider.grant('owner')
    expect([notice.hidden, words()]).toEqual([true, 'Saved'])
  })

  test('a document of a newer version is shown, not written, and the page says what to do', () => {
    const { handle: made, provider } = mount()
    provider.sync()
    const notice = find('.cometpad-notice')
    expect(notice.hidden).toBe(true)
    const newer = createWriter('B', 2)
    type(newer, 'from tomorrow')
    newer.doc.getMap(META).set('v', FORM_VERSION + 1)
    applyUpdate(made.ydoc, encodeStateAsUpdate(newer.doc), provider)
    flush(made.lexical as never)
    destroy(newer)
    expect([made.getText(), words()]).toEqual(['from tomorrow', 'View only'])
    expect(find('.cometpad-content').contentEditable).toBe('false')
    expect([notice.hidden, find('.cometpad-notice-words').textContent]).toEqual([
      false,
      expect.stringMatching(/newer version.*Reload the page to edit/),
    ])
  })

  test('readOnly can be switched while the editor lives', () => {
    const { handle: made, provider } = mount({ readOnly: true })
    provider.sync()
    expect(find('.cometpad-content').getAttribute('aria-readonly')).toBe('true')
    made.configure({ readOnly: false })
    expect(find('.cometpad-content').contentEditable).toBe('true')
  })
})

describe('the toolbar', () => {
  test('is one tab stop in which arrows, Home and End move', () => {
    mount().provider.sync()
    const buttons = [...find('[role="toolbar"]').querySelectorAll<HTMLElement>('.cometpad-tool')].filter(
      (button) => !button.hidden,
    )
    const stops = (): (string | null)[] =>
      buttons.filter(({ tabIndex }) => tabIndex === 0).map((button) => button.getAttribute('aria-label'))
    expect(stops()).toEqual(['Undo'])
    buttons[0]?.focus()
    press(document.activeElement as HTMLElement, 'ArrowRight')
    expect([focused(), stops()]).toEqual(['Redo', ['Redo']])
    press(document.activeElement as HTMLElement, 'End')
    expect(focused()).toBe('Table')
    press(document.activeElement as HTMLElement, 'ArrowRight')
    expect(focused()).toBe('Undo')
    press(document.activeElement as HTMLElement, 'ArrowLeft')
    expect(focused()).toBe('Table')
    press(document.activeElement as HTMLElement, 'Home')
    expect([focused(), stops()]).toEqual(['Undo', ['Undo']])
  })

  test('Alt+F10 leads in and Escape back to the text', async () => {
    const { provider } = mount()
    provider.sync()
    const content = find('.cometpad-content')
    content.focus()
    expect(press(content, 'F10', { altKey: true }).defaultPrevented).toBe(true)
    expect(focused()).toBe('Undo')
    press(document.activeElement as HTMLElement, 'Escape')
    await vi.waitFor(() => expect(document.activeElement).toBe(content))
  })

  test('undo is disabled until there is an edit of one’s own', () => {
    const { handle: made, provider } = mount()
    provider.sync()
    const undo = find('[aria-label="Undo"]')
    expect(undo.getAttribute('aria-disabled')).toBe('true')
    type({ editor: made.lexical } as never, 'mine')
    expect(undo.getAttribute('aria-disabled')).toBe('false')
    undo.click()
    expect(made.getText()).toBe('')
    expect(undo.getAttribute('aria-disabled')).toBe('true')
  })

  test('names tools with their shortcut and says which are on', () => {
    mount().provider.sync()
    const bold = find('[aria-label="Bold"]')
    expect([bold.dataset['tip'], bold.getAttribute('aria-pressed')]).toEqual(['Bold (Ctrl+B)', 'false'])
  })

  test("'none' leaves only the text", () => {
    mount({ toolbar: 'none' })
    expect([find('.cometpad-bar').hidden, target.querySelector('[role="toolbar"]')]).toEqual([true, null])
  })
})

describe('people', () => {
  test('are shown as avatars, and beyond four as a number', () => {
    const { handle: made, provider } = mount()
    const awareness = provider.awareness
    if (awareness === null) throw new TypeError('no awareness')
    for (let clientId = 1; clientId <= 5; clientId += 1)
      awareness.states.set(clientId, { user: { name: `Person ${clientId}` } })
    awareness.emit('change', [{ added: [1, 2, 3, 4, 5], updated: [], removed: [] }, 'test'])
    const faces = [...find('.cometpad-people').children].map((face) => face.textContent)
    expect(faces).toEqual(['A', 'P1', 'P2', '+3'])
    expect(find('.cometpad-people').getAttribute('aria-label')).toBe('6 people here')
    expect(find('.cometpad-people-list').children.length).toBe(6)
    expect(made.people[0]).toMatchObject({ name: 'Ada', isSelf: true })
    // A page that shows oneself elsewhere leaves the face away, and counts the same.
    const elsewhere = document.createElement('div')
    const remove = mountPeople(elsewhere, made, { withoutSelf: true })
    expect(elsewhere.querySelectorAll('.cometpad-people-list li')).toHaveLength(5)
    expect(elsewhere.querySelector('.cometpad-people')?.getAttribute('aria-label')).toBe('6 people here')
    remove()
  })
})

describe('the end', () => {
  test('destroy empties the target, ends the provider and may be called twice', () => {
    const { handle: made, provider } = mount()
    provider.sync()
    made.destroy()
    made.destroy()
    expect(target.childElementCount).toBe(0)
    expect(provider.calls).toEqual(['connect', 'destroy'])
  })

  test('a listener that throws keeps no other from hearing', () => {
    const reported = vi.fn()
    vi.stubGlobal('reportError', reported)
    const heard = vi.fn()
    const { handle: made, provider } = mount({
      onSyncStatus: () => {
        throw new RangeError('the page’s own')
      },
    })
    made.on('syncStatus', heard)
    provider.sync()
    expect(heard).toHaveBeenCalled()
    expect(reported).toHaveBeenCalled()
    vi.unstubAllGlobals()
  })
})
