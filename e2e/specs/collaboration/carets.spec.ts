/**
 * Where the others are: their carets stand where they stand in the text, whatever is scrolled, resized or written above
 * them, also within a shadow root; and nothing that somebody calls themselves gets out of its label.
 */
import type { Page } from '@playwright/test'
import { editorOf, expect, test } from '../../fixtures.ts'

const WORDS = 'The quick brown fox jumps over the lazy dog. '

for (const door of ['function', 'element']) {
  test(`a caret stands where the other one is, in an editor made by ${door}`, async ({
    open,
    embed,
    documentId,
  }) => {
    const ana = await open(documentId)
    await editorOf(ana.page).click()
    for (const paragraph of [1, 2, 3, 4, 5, 6, 7, 8]) {
      // Lines enough to scroll, and words enough to break.
      await ana.page.keyboard.type(paragraph < 7 ? `${paragraph}` : `${paragraph} ${WORDS}`)
      await ana.page.keyboard.press('Enter')
    }
    await ana.page.keyboard.type('Here')
    const page = await embed(documentId, { door })
    await page.evaluate(() => {
      const pad = document.querySelector<HTMLElement>('#pad')
      // A scrolled place of a fixed height in the middle of a page, as embedding pages have.
      for (const [name, value] of Object.entries({
        height: '220px',
        width: '420px',
        overflow: 'auto',
        margin: '40px',
      }))
        pad?.style.setProperty(name, value)
      for (const host of pad?.querySelectorAll<HTMLElement>('cometpad-editor') ?? [])
        host.style.setProperty('height', '220px')
    })
    await expectCaretBehind(page, 'Here')

    await page.evaluate(() => {
      const top = document.querySelector('cometpad-editor')?.shadowRoot ?? document
      top.querySelector('.cometpad-scroll')?.scrollBy(0, 90)
    })
    await expectCaretBehind(page, 'Here')
    await page.evaluate(() =>
      document.querySelector<HTMLElement>('#pad')?.style.setProperty('width', '330px'),
    )
    await expectCaretBehind(page, 'Here')

    const ben = await open(documentId)
    await editorOf(ben.page).locator('> *').first().click()
    await ben.page.keyboard.press('Home')
    await ben.page.keyboard.type('Something new above everything, long enough for a line or two. ')
    await expect.poll(() => page.evaluate(() => window.handles.at(-1)?.getText())).toContain('line or two')
    await expectCaretBehind(page, 'Here')
    // And a selection, of words that nobody else has changed.
    await ana.page.keyboard.press('Shift+Home')
    await expect.poll(() => selectedBy(page)).toContain('Here')
  })
}

test('selections are shown as boxes where the browser has no highlights', async ({
  open,
  embed,
  documentId,
}) => {
  const ana = await open(documentId)
  await editorOf(ana.page).click()
  await ana.page.keyboard.type('Selected')
  await ana.page.keyboard.press('Shift+Home')
  const page = await embed(documentId, {}, async (made) => {
    await made.addInitScript(() => Reflect.deleteProperty(window, 'Highlight'))
  })
  const box = page.locator('.cometpad-selection')
  await expect(box).toHaveCount(1)
  const [drawn, text] = [await box.boundingBox(), await editorBox(page, 'Selected')]
  expect(Math.abs((drawn?.x ?? 0) - text.x)).toBeLessThan(2)
  expect(Math.abs((drawn?.width ?? 0) - text.width)).toBeLessThan(2)
})

test('[PR1] names and colours are shown and never obeyed', async ({ embed, documentId }) => {
  const hostile = await embed(documentId, { name: 'Mallory' })
  const page = await embed(documentId, { name: 'Ana' })
  await hostile.evaluate(() => {
    const [handle] = window.handles
    handle?.focus()
    const state = handle?.provider.awareness?.getLocalState()
    const name = `<img src=x onerror="document.title='owned'">\u202e\u0007${'W'.repeat(900)}`
    const color = 'red;}*{display:none}.x{background:url(https://evil.example/)'
    handle?.provider.awareness?.setLocalState({ ...state, user: { name, color } })
  })
  const label = page.locator('.cometpad-cursor-name')
  await expect(label).toHaveText(/^<img src=x onerror="document\.title='owned'"> W{10,}$/)
  expect((await label.textContent())?.length).toBeLessThanOrEqual(60)
  expect((await label.boundingBox())?.width).toBeLessThanOrEqual(210)
  expect(await label.evaluate((element) => getComputedStyle(element).backgroundColor)).toMatch(
    /^rgb\(\d+, \d+, \d+\)$/,
  )
  expect(await page.locator('.cometpad img').count()).toBe(0)
  expect(await page.title()).toBe('Embedding')
  // A place that is none, and a state that is no object.
  for (const cursor of [
    { anchor: { item: { client: -1, clock: 'x' } }, focus: 7 },
    { anchor: { tname: 'other' } },
    'here',
  ]) {
    await hostile.evaluate((given) => {
      const awareness = window.handles[0]?.provider.awareness
      awareness?.setLocalState({ ...awareness.getLocalState(), cursor: given })
    }, cursor)
    await expect(label).toHaveCount(0)
    await hostile.evaluate(() => {
      const awareness = window.handles[0]?.provider.awareness
      awareness?.setLocalState({
        user: { name: 'Mallory' },
        cursor: { anchor: { tname: 'flow' }, focus: { tname: 'flow' } },
      })
    })
    await expect(label).toHaveText('Mallory')
  }
})

/** The caret of the only other person who stands behind these words, to a pixel or two. */
async function expectCaretBehind(page: Page, words: string): Promise<void> {
  await expect
    .poll(async () => {
      const [caret, text] = [
        await page.locator('.cometpad-cursor').first().boundingBox(),
        await editorBox(page, words),
      ]
      if (caret === null) return 'no caret'
      const away = [caret.x + 1 - (text.x + text.width), caret.y - text.y].map((distance) =>
        Math.abs(distance),
      )
      return away.every((distance) => distance < 3) ? 'there' : JSON.stringify({ caret, text })
    })
    .toBe('there')
}

/** Where words of the text are on the screen. */
function editorBox(page: Page, words: string): Promise<{ x: number; y: number; width: number }> {
  return page.locator('.cometpad-content').evaluate((root, sought) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const at = node.textContent?.indexOf(sought) ?? -1
      if (at < 0) continue
      const range = document.createRange()
      range.setStart(node, at)
      range.setEnd(node, at + sought.length)
      const { x, y, width } = range.getBoundingClientRect()
      return { x, y, width }
    }
    throw new TypeError(`there is no "${sought}"`)
  }, words)
}

/** The words that are coloured, if the browser says that they have a colour. */
function selectedBy(page: Page): Promise<string> {
  return page.evaluate(() => {
    const top = document.querySelector('cometpad-editor')?.shadowRoot ?? document
    const inside = top.querySelector('.cometpad-p')
    return Array.from(CSS.highlights, ([name, highlight]) => {
      const color = inside === null ? '' : getComputedStyle(inside, `::highlight(${name})`).backgroundColor
      const ranges = Array.from(highlight as unknown as Iterable<Range>, (range) => range.toString())
      return color === 'rgba(0, 0, 0, 0)' ? 'without colour' : ranges.join('|')
    }).join('|')
  })
}
