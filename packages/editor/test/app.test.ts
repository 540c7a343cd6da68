// @vitest-environment happy-dom
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { loadIdentity, makeIdentity, renameIdentity } from '../app/src/identity.ts'
import { relativeTime } from '../app/src/relative-time.ts'
import { documentPath, routeOf } from '../app/src/router.ts'
import { createTitleField } from '../app/src/title-field.ts'

describe('addresses', () => {
  test('lead to the list, to a document with any id, or nowhere', () => {
    expect(routeOf('/')).toEqual({ page: 'list' })
    expect(routeOf('/d/team/plan~1')).toEqual({ page: 'document', documentId: 'team/plan~1', isNew: false })
    expect(routeOf('/d/')).toEqual({ page: 'unknown' })
    expect(routeOf('/d/%E0%A4%A')).toEqual({ page: 'unknown' })
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

  test('is made anew when what is kept is something else', () => {
    localStorage.setItem('cometpad.user', '{"name": 7')
    expect(loadIdentity().name).not.toBe('')
    expect(makeIdentity(() => 0.999_999).name).toBe('Swift Yak')
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
