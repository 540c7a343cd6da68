/**
 * Somebody composes Japanese while somebody else writes, and presses Enter, in the same paragraph. Compositions are made
 * over the protocol of Chromium's developer tools, which no other browser has.
 */
import type { Page } from '@playwright/test'
import { contentOf, editorOf, expect, sameEverywhere, saveState, test } from '../../fixtures.ts'

test('a composition is whole among what others write before, in and behind its paragraph', async ({
  open,
  documentId,
}) => {
  const [ana, ben] = await Promise.all([open(documentId), open(documentId)])
  await editorOf(ana.page).click()
  await ana.page.keyboard.type('first')
  await ana.page.keyboard.press('Enter')
  await ana.page.keyboard.type('one two')
  await expect(editorOf(ben.page)).toContainText('one two')
  await ana.page.keyboard.press('Home')
  await walkBehind(ana.page, 'one ')

  const cdp = await ana.context.newCDPSession(ana.page)
  for (const text of ['に', 'にほ', 'にほん'])
    await cdp.send('Input.imeSetComposition', {
      text,
      selectionStart: text.length,
      selectionEnd: text.length,
    })
  await expect(editorOf(ana.page)).toContainText('one にほんtwo')

  await editorOf(ben.page).getByText('one two').click()
  await ben.page.keyboard.press('Home')
  await expect.poll(() => textBeforeCaret(ben.page)).toBe('')
  await ben.page.keyboard.type('B')
  await walkBehind(ben.page, 'Bon')
  await ben.page.keyboard.press('Enter')
  await ben.page.keyboard.press('End')
  await ben.page.keyboard.type('E')
  await ben.page.keyboard.press('Enter')
  await ben.page.keyboard.type('last')
  await expect(saveState(ben.page)).toHaveText('Saved')
  // A composition that lasts longer than two seconds is sent as it is, and goes on.
  await expect(editorOf(ben.page)).toContainText('にほん')
  expect(await contentOf(ben.page)).toEqual(['p: first', 'p: Bon', 'p: e にほんtwoE', 'p: last'])

  await cdp.send('Input.insertText', { text: '日本' })
  await expect(editorOf(ben.page)).toContainText('日本')
  const expected = ['p: first', 'p: Bon', 'p: e 日本twoE', 'p: last']
  expect(await sameEverywhere([ana.page, ben.page])).toEqual(expected)
  // The caret stayed behind what was composed.
  await ana.page.keyboard.type('!')
  await expect(editorOf(ben.page)).toContainText('日本!two')
  await expect(saveState(ana.page)).toHaveText('Saved')
})

/** Goes right and looks, as a person does, until the caret stands behind this text. */
async function walkBehind(page: Page, text: string): Promise<void> {
  await expect(async () => {
    const before = await textBeforeCaret(page)
    if (before.length < text.length) await page.keyboard.press('ArrowRight')
    expect(before).toBe(text)
  }).toPass({ timeout: 60_000 })
}

/** From the start of the block to the caret. */
function textBeforeCaret(page: Page): Promise<string> {
  return editorOf(page).evaluate((root) => {
    const selection = getSelection()
    const block = Array.from(root.children).find((each) => each.contains(selection?.focusNode ?? null))
    if (selection?.focusNode == null || block === undefined) return 'outside'
    const range = document.createRange()
    range.setStart(block, 0)
    range.setEnd(selection.focusNode, selection.focusOffset)
    return range.toString()
  })
}
