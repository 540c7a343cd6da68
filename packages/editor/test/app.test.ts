// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { loadIdentity, makeIdentity, onIdentityChanged, renameIdentity } from '../app/src/identity.ts'
import { showDocumentList } from '../app/src/list-page.ts'
import { createNameChip } from '../app/src/name-chip.ts'
import { relativeTime } from '../app/src/relative-time.ts'
import { documentPath, routeOf } from '../app/src/router.ts'
import { createShareButton } from '../app/src/share-button.ts'
import { createTitleField } from '../app/src/title-field.ts'

describe('addresses', () => {
  test('lead to the list, to a document with any id, or nowhere', () => {
    expect(routeOf('/')).toEqual({ page: 'list' })
    expect(routeOf('/d/team/plan~1')).toEqual({ page: 'document', documentId: 'team/plan~1', isNew: false })
    expect(routeOf('/d/')).toEqual({ page: 'unknown' })
    for (const path of ['/d/%E0%A4%A', '/d/a%20b', '/d/a//b', '/d/%C3%A9', `/d/${'a'.repeat(201)}`])
      expect(routeOf(path)).toEqual({ page: 'misspelt' })
    expect(routeOf('/about')).toEqual({ page: 'unknown' })
  })

  test('of a document lead back to it', () => {
    for (const documentId of ['a', 'a/b', 'A-Z_.~'])
      expect(routeOf(documentPath(documentId))).toMatchObject({ documentId })
  })
})

describe('the person', () => {
  beforeEach(() => localStorage.clear())

  test('gets a friendly name that stays', () => {
    const first = loadIdentity()
    expect(first.name).toMatch(/^[A-Z][a-z]+ [A-Z][a-z]+$/)
    expect(loadIdentity()).toEqual(first)
  })

  test('keeps the colour and id under a new name, and the old name when the new one is empty', () => {
    const first = loadIdentity()
    expect(renameIdentity(first, '  Ada ')).toEqual({ ...first, name: 'Ada' })
    expect(loadIdentity().name).toBe('Ada')
    expect(renameIdentity(first, '   ').name).toBe(first.name)
  })

  test('has the name in every tab that it was given in one', () => {
    const seen: string[] = []
    const chip = createNameChip(loadIdentity(), () => undefined)
    const end = onIdentityChanged((identity) => {
      seen.push(identity.name)
      chip.show(identity)
    })
    const tell = (key: string): boolean => dispatchEvent(new StorageEvent('storage', { key }))
    localStorage.setItem('cometpad.user', JSON.stringify({ ...loadIdentity(), name: 'Zoë' }))
    tell('something.else')
    expect(seen).toEqual([])
    tell('cometpad.user')
    expect(seen).toEqual(['Zoë'])
    expect(chip.element.textContent).toContain('Zoë')
    end()
    tell('cometpad.user')
    expect(seen).toEqual(['Zoë'])
  })

  test('is made anew when what is kept is something else', () => {
    localStorage.setItem('cometpad.user', '{"name": 7')
    expect(loadIdentity().name).not.toBe('')
    expect(makeIdentity(() => 0.999_999).name).toBe('Swift Yak')
  })
})

describe('the list', () => {
  let isUp = true
  /** What a server that is there refuses, and with which code. */
  let refused: Readonly<Record<string, string>> = {}
  let asked = 0
  let leave = (): void => undefined
  const page = document.createElement('div')
  const band = (): HTMLElement | null => page.querySelector('.problem:not([hidden])')
  const titles = (): string[] => [...page.querySelectorAll('.document-title')].map((each) => each.textContent)

  beforeEach(() => {
    vi.useFakeTimers()
    page.replaceChildren()
    isUp = false
    refused = {}
    asked = 0
    const updatedAt = new Date(0).toISOString()
    vi.stubGlobal('fetch', async (_path: string, { method = 'GET' }: RequestInit) => {
      asked += 1
      if (!isUp) throw new TypeError('Failed to fetch')
      const code = refused[method]
      if (code !== undefined)
        return Response.json({ error: { code, message: `refused: ${code}` } }, { status: 400 })
      return Response.json({ documents: [{ documentId: 'a', title: 'Plan', updatedAt }], next: null })
    })
  })

  afterEach(() => {
    leave()
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })

  test.each([
    ['by itself', () => vi.advanceTimersByTimeAsync(60_000)],
    ['at once when the browser is online again', async () => void dispatchEvent(new Event('online'))],
    ['when it is asked to', async () => page.querySelector<HTMLElement>('.list-content button')?.click()],
  ])(
    'says that the server cannot be reached for as long as that is so, and is there %s',
    async (_how, back) => {
      leave = showDocumentList(page)
      await vi.advanceTimersByTimeAsync(0)
      expect(band()?.textContent).toContain('cannot be reached')
      expect(titles()).toEqual([])
      isUp = true
      await back()
      await vi.advanceTimersByTimeAsync(0)
      expect([band(), titles()]).toEqual([null, ['Plan']])
    },
  )

  test('stays when a document could not be made, and so does the reason until it is over', async () => {
    isUp = true
    leave = showDocumentList(page)
    await vi.advanceTimersByTimeAsync(0)
    isUp = false
    page.querySelector<HTMLElement>('.list-title button')?.click()
    await vi.advanceTimersByTimeAsync(30_000)
    expect(band()?.textContent).toContain('cannot be reached')
    expect(titles()).toEqual(['Plan'])
    isUp = true
    await vi.advanceTimersByTimeAsync(30_000)
    expect(band()).toBeNull()
  })

  test('says why a document was refused until something is done about it, whatever becomes of the list', async () => {
    leave = showDocumentList(page)
    await vi.advanceTimersByTimeAsync(0)
    isUp = true
    refused = { POST: 'OVERLOADED' }
    page.querySelector<HTMLElement>('.list-title button')?.click()
    await vi.advanceTimersByTimeAsync(30_000)
    dispatchEvent(new Event('online'))
    await vi.advanceTimersByTimeAsync(0)
    expect([band()?.textContent, titles()]).toEqual(['refused: OVERLOADED', ['Plan']])
    const before = asked
    refused = { POST: 'FORBIDDEN' }
    page.querySelector<HTMLElement>('.list-title button')?.click()
    await vi.advanceTimersByTimeAsync(30_000)
    expect([band()?.textContent, asked]).toEqual(['refused: FORBIDDEN', before + 1])
  })

  test('is not asked for again by itself where that would end the same', async () => {
    isUp = true
    refused = { GET: 'UNAUTHORIZED' }
    leave = showDocumentList(page)
    await vi.advanceTimersByTimeAsync(60_000)
    dispatchEvent(new Event('online'))
    await vi.advanceTimersByTimeAsync(0)
    expect([band()?.textContent, asked]).toEqual(['refused: UNAUTHORIZED', 1])
    refused = {}
    page.querySelector<HTMLElement>('.list-content button')?.click()
    await vi.advanceTimersByTimeAsync(0)
    expect([band(), titles()]).toEqual([null, ['Plan']])
  })

  test('is tried again without taking the focus away or saying the same once more', async () => {
    document.body.append(page)
    leave = showDocumentList(page)
    await vi.advanceTimersByTimeAsync(0)
    const again = page.querySelector<HTMLElement>('.list-content button')
    again?.focus()
    const said = band()?.firstChild
    await vi.advanceTimersByTimeAsync(30_000)
    expect(asked).toBeGreaterThan(3)
    expect(band()?.firstChild).toBe(said)
    expect(document.activeElement).toBe(again)
    again?.click()
    await vi.advanceTimersByTimeAsync(0)
    expect(document.activeElement).toBe(again)
    page.remove()
  })
})

describe('the dialog for sharing', () => {
  let button = createShareButton('notes', () => undefined)
  const dialogs = (): number => document.querySelectorAll('dialog').length

  beforeEach(() => {
    vi.stubGlobal('fetch', async () => Response.json({ links: [] }))
    button = createShareButton('notes', (error) => expect.unreachable(String(error)))
  })

  afterEach(() => {
    button.destroy()
    vi.unstubAllGlobals()
  })

  test('[SL5] is there once, however often one clicks, and again after it was closed', async () => {
    button.element.click()
    button.element.click()
    await vi.dynamicImportSettled()
    expect(dialogs()).toBe(1)
    document.querySelector('dialog')?.close()
    expect(dialogs()).toBe(0)
    button.element.click()
    await vi.dynamicImportSettled()
    expect(dialogs()).toBe(1)
  })

  test('[SL5] goes with its page, and does not come when that has gone', async () => {
    button.element.click()
    await vi.dynamicImportSettled()
    button.destroy()
    expect(dialogs()).toBe(0)
    const late = createShareButton('notes', () => undefined)
    late.element.click()
    late.destroy()
    await vi.dynamicImportSettled()
    expect(dialogs()).toBe(0)
  })
})

describe('relative time', () => {
  test.each([
    [0, 'now'],
    [-5_000, 'now'],
    [61_000, '1 minute ago'],
    [7_200_000, '2 hours ago'],
    [86_400_000, 'yesterday'],
    [400 * 86_400_000, 'last year'],
  ])('%d ms ago is "%s"', (ago, words) => {
    expect(relativeTime(1_000_000_000_000 - ago, 1_000_000_000_000, 'en')).toBe(words)
  })
})

describe('the title', () => {
  test('is stored on Enter, which leads to the text, and not overwritten while it is typed', async () => {
    const requests: string[] = []
    vi.stubGlobal('fetch', (url: string, { method, body }: { method: string; body: string }) => {
      requests.push(`${method} ${url} ${body}`)
      return Promise.resolve(new Response('{}', { status: 200 }))
    })
    const entered = vi.fn()
    const changed = vi.fn()
    const field = createTitleField('a/b', { changed, entered, failed: () => undefined })
    field.show('Plan')
    field.allow(true)
    expect([field.element.value, field.element.disabled]).toEqual(['Plan', false])
    field.element.value = 'Plan B'
    field.element.dispatchEvent(new Event('input'))
    field.show('Plan C')
    expect(field.element.value).toBe('Plan B')
    field.element.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', cancelable: true }))
    expect(requests).toEqual(['PATCH /v1/documents/a/b {"title":"Plan B"}'])
    expect(entered).toHaveBeenCalledOnce()
    field.show('Plan D')
    expect(field.element.value).toBe('Plan D')
    expect(changed).toHaveBeenLastCalledWith('Plan D')
    vi.unstubAllGlobals()
  })
})
