// @vitest-environment happy-dom
/** What the document will not have: offered beside the text, while the editor goes on with what the server has. */
import { FLOW, seed } from '@cometpad/binding'
import { CometpadError, limits } from '@cometpad/shared'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Doc, encodeStateAsUpdate } from 'yjs'
import { mountEditor } from '../src/mount.ts'
import { englishMessages } from '../src/messages.ts'
import type { EditorHandle } from '../src/options.ts'
import { createKeptCopy } from '../src/ui/kept-copy.ts'
import { StubProvider } from './stub-provider.ts'
import { type } from './wired-editors.ts'

describe('a text that was kept', () => {
  function copyOf(isThere: () => Promise<boolean>): {
    element: HTMLElement
    said: string[]
    put: () => void
  } {
    const said: string[] = []
    const view = createKeptCopy('my words', 'replaced', englishMessages, {
      insert: (text) => said.push(`inserted ${text}`),
      isThere,
      done: () => said.push('done'),
      failed: (error) => said.push(String(error)),
      survives: true,
    })
    view.allowInsert(true)
    const { element } = view
    document.body.append(element)
    return { element, said, put: () => buttonOf(element, 'Insert at the end').click() }
  }

  test('[GN5] is inserted once, however often one clicks', async () => {
    const { element, said, put } = copyOf(async () => true)
    put()
    put()
    await expect.poll(() => element.isConnected).toBe(false)
    expect(said).toEqual(['inserted my words', 'done'])
  })

  test('[GN5] is not inserted again when another tab has done it', async () => {
    const { element, said, put } = copyOf(async () => false)
    put()
    await expect.poll(() => element.isConnected).toBe(false)
    expect(said).toEqual(['Error: Another tab of yours has seen to this text already.', 'done'])
  })

  test('[GN5] stays when nobody knows', async () => {
    const { element, said, put } = copyOf(() => Promise.reject(new Error('the device does not answer')))
    put()
    await expect.poll(() => said).toEqual(['Error: the device does not answer'])
    expect(element.isConnected).toBe(true)
  })
})

describe('an editor whose edits are refused', () => {
  const target = document.createElement('div')
  let handle: EditorHandle
  const provider = (): StubProvider => handle.provider as StubProvider
  const region = (): HTMLElement | null => target.querySelector('[role="region"]')

  beforeEach(() => {
    vi.useFakeTimers()
    document.body.replaceChildren(target)
    handle = mountEditor(
      target,
      { server: 'https://pad.test', documentId: 'd' },
      (_, parts) => new StubProvider(parts),
    )
    provider().sync()
    provider().grant('editor')
    type({ editor: handle.lexical } as never, 'mine')
    provider().unsaved(1)
  })

  afterEach(() => {
    handle.destroy()
    StubProvider.all.length = 0
    StubProvider.copies = []
    vi.useRealTimers()
  })

  test('[RV7] sets them aside, begins anew with what the server has, and shows them', async () => {
    const [first, reopened] = [provider(), vi.fn()]
    handle.on('reopened', reopened)
    first.grant('viewer')
    await vi.advanceTimersByTimeAsync(limits.refusalMs - 1)
    expect(first.calls).toEqual(['connect'])
    await vi.advanceTimersByTimeAsync(1)
    expect(first.calls).toEqual(['connect', 'setAside', 'destroy'])
    expect(reopened).toHaveBeenCalledExactlyOnceWith(handle)
    expect(provider()).not.toBe(first)
    expect(provider().calls).toEqual(['connect'])
    provider().sync()
    provider().grant('viewer')
    expect([handle.getText(), target.querySelectorAll('.cometpad').length]).toEqual(['', 1])
    expect(region()?.querySelector('mark')?.textContent).toBe('mine')
    expect(region()?.textContent).toContain('The server did not take your last words')
    // Somebody who may not write cannot insert it either; leaving the page would lose it, so that asks.
    expect(buttonOf(target, 'Insert at the end').hidden).toBe(true)
    expect(dispatchEvent(new Event('beforeunload', { cancelable: true }))).toBe(false)
    buttonOf(target, 'Discard').click()
    expect(region()).toBeNull()
    expect(dispatchEvent(new Event('beforeunload', { cancelable: true }))).toBe(true)
  })

  test('[RV7] shows what the device has kept of them instead, until the person has seen to it', async () => {
    const doc = new Doc()
    seed(doc)
    doc.getText(FLOW).insert(doc.getText(FLOW).length, 'as the device has it')
    const copy = { generation: 'g~1', reason: 'refused', title: '', edits: 1, rows: [1] } as const
    StubProvider.copies = [{ ...copy, updates: [encodeStateAsUpdate(doc)] }]
    provider().grant('viewer')
    await vi.advanceTimersByTimeAsync(limits.refusalMs)
    expect(target.querySelectorAll('[role="region"]')).toHaveLength(1)
    expect(region()?.textContent).toContain('as the device has it')
  })

  test("[GA11] does the same when they go on with what is somebody else's", async () => {
    const first = provider()
    first.emit('error', [new CometpadError('CLIENT_ID_TAKEN')])
    first.emit('error', [new CometpadError('CLIENT_ID_TAKEN')])
    await vi.advanceTimersByTimeAsync(1)
    expect(first.calls).toEqual(['connect', 'setAside', 'destroy'])
    provider().sync()
    provider().grant('editor')
    expect(provider().doc.clientID).not.toBe(first.doc.clientID)
    expect([handle.getText(), region()?.querySelector('mark')?.textContent]).toEqual(['', 'mine'])
  })

  test('[RV7] waits for edits that were on their way, and does nothing when they are saved', async () => {
    provider().grant('viewer')
    await vi.advanceTimersByTimeAsync(limits.refusalMs / 2)
    provider().unsaved(0)
    await vi.advanceTimersByTimeAsync(limits.refusalMs)
    expect([provider().calls, region()]).toEqual([['connect'], null])
  })

  test('[RV7] does nothing when the right is there again, or while there is no connection', async () => {
    provider().grant('viewer')
    provider().grant('editor')
    await vi.advanceTimersByTimeAsync(limits.refusalMs)
    provider().grant('viewer')
    provider().become('connecting')
    await vi.advanceTimersByTimeAsync(limits.refusalMs)
    expect([provider().calls, region()]).toEqual([['connect'], null])
  })

  test('[RV7] does what the page said before also to what comes after', async () => {
    handle.configure({ theme: 'dark', readOnly: true })
    provider().grant('viewer')
    await vi.advanceTimersByTimeAsync(limits.refusalMs)
    provider().sync()
    provider().grant('editor')
    expect(target.querySelector<HTMLElement>('.cometpad')?.dataset['theme']).toBe('dark')
    expect(handle.status.canEdit).toBe(false)
    handle.configure({ readOnly: false })
    expect(handle.status.canEdit).toBe(true)
  })
})

function buttonOf(element: HTMLElement, label: string): HTMLButtonElement {
  const found = [...element.querySelectorAll('button')].find((each) => each.textContent === label)
  if (found === undefined) throw new TypeError(`there is no button ${label}`)
  return found
}
