import type { Page } from '@playwright/test'
import { contentOf, editorOf, expect, sameEverywhere, saveState, test } from '../../fixtures.ts'

// Shift+1 and the like differ between engines: everything here is typed as text or by single named keys.

test('[SY1] two people type at once, each in a paragraph of their own, and not a character is missing', async ({
  open,
  documentId,
}) => {
  const [ana, ben] = await Promise.all([open(documentId), open(documentId)])
  await editorOf(ana.page).click()
  await ana.page.keyboard.type('Ana:')
  await ana.page.keyboard.press('Enter')
  await ana.page.keyboard.type('Ben:')
  await expect(editorOf(ben.page)).toContainText('Ben:')

  await putCaretAtEndOf(ana.page, 'Ana:')
  await putCaretAtEndOf(ben.page, 'Ben:')
  const fromAna = ' the quick brown fox jumps over the lazy dog, 0123456789.'
  const fromBen = ' pack my box with five dozen liquor jugs, 9876543210.'
  await Promise.all([
    ana.page.keyboard.type(fromAna, { delay: 5 }),
    ben.page.keyboard.type(fromBen, { delay: 5 }),
  ])

  const content = await sameEverywhere([ana.page, ben.page])
  expect(content).toEqual([`p: Ana:${fromAna}`, `p: Ben:${fromBen}`])
  await expect(saveState(ana.page)).toHaveText('Saved')
  await expect(saveState(ben.page)).toHaveText('Saved')

  const cleo = await open(documentId)
  expect(await sameEverywhere([ana.page, cleo.page])).toEqual(content)
})

test('[LG1] what is said to be saved is there after the process was killed', async ({
  open,
  server,
  documentId,
}) => {
  const [ana, ben] = await Promise.all([open(documentId), open(documentId)])
  await editorOf(ana.page).click()
  await ana.page.keyboard.type('first ')
  await ana.page.keyboard.press('ControlOrMeta+b')
  await ana.page.keyboard.type('bold')
  await expect(editorOf(ben.page)).toContainText('first bold')
  await expect(saveState(ana.page)).toHaveText('Saved')
  const before = await sameEverywhere([ana.page, ben.page])

  await server.kill()
  await expect(saveState(ana.page)).toHaveText(/Offline/, { timeout: 15_000 })
  await server.start()

  const cleo = await open(documentId)
  expect(await contentOf(cleo.page)).toEqual(before)
  // Those who were there all along go on, without a reload.
  await expect(saveState(ben.page)).toHaveText('Saved', { timeout: 25_000 })
  await expect(saveState(ana.page)).toHaveText('Saved', { timeout: 25_000 })
  await editorOf(ben.page).click()
  await ben.page.keyboard.press('ControlOrMeta+End')
  await ben.page.keyboard.press('Enter')
  await ben.page.keyboard.type('still here')
  await expect(editorOf(ana.page)).toContainText('still here')
  await sameEverywhere([ana.page, ben.page, cleo.page])
})

test('[AK5] what was typed while the server was away is kept, counted, and saved when it is back', async ({
  open,
  server,
  documentId,
}) => {
  const ana = await open(documentId)
  await editorOf(ana.page).click()
  await ana.page.keyboard.type('before')
  await expect(saveState(ana.page)).toHaveText('Saved')
  await server.kill()
  await ana.page.keyboard.type(' and during')
  await expect(saveState(ana.page)).toHaveText(/Offline, \d+ changes? kept/, { timeout: 15_000 })
  await server.start()
  await expect(saveState(ana.page)).toHaveText('Saved', { timeout: 25_000 })
  const ben = await open(documentId)
  expect(await contentOf(ben.page)).toEqual(['p: before and during'])
})

test('[SY1] two people write in one paragraph with formatting and undo, and all see the same', async ({
  open,
  server,
  documentId,
}) => {
  const [ana, ben] = await Promise.all([open(documentId), open(documentId)])
  await editorOf(ana.page).click()
  await ana.page.keyboard.type('Start. ')
  await expect(editorOf(ben.page)).toContainText('Start. ')
  await editorOf(ben.page).click()
  await ben.page.keyboard.press('ControlOrMeta+End')
  await Promise.all([
    (async () => {
      await ana.page.keyboard.type('one two three ', { delay: 10 })
      await ana.page.keyboard.press('ControlOrMeta+b')
      await ana.page.keyboard.type('strong', { delay: 10 })
      await ana.page.keyboard.press('ControlOrMeta+z')
    })(),
    (async () => {
      await ben.page.keyboard.type('vier fünf sechs ', { delay: 10 })
      await ben.page.keyboard.press('ControlOrMeta+i')
      await ben.page.keyboard.type('schräg', { delay: 10 })
    })(),
  ])
  const content = await sameEverywhere([ana.page, ben.page])
  await expect(saveState(ana.page)).toHaveText('Saved')
  await expect(saveState(ben.page)).toHaveText('Saved')
  const cleo = await open(documentId)
  expect(await contentOf(cleo.page)).toEqual(content)
  await server.kill()
  await server.start()
  const dora = await open(documentId)
  expect(await contentOf(dora.page)).toEqual(content)
})

test('[UN1] undo takes back what one wrote oneself and nothing of the others', async ({
  open,
  documentId,
}) => {
  const [ana, ben] = await Promise.all([open(documentId), open(documentId)])
  await editorOf(ana.page).click()
  await ana.page.keyboard.type('mine')
  await ana.page.keyboard.press('Enter')
  await expect(editorOf(ben.page)).toContainText('mine')
  await editorOf(ben.page).click()
  await ben.page.keyboard.press('ControlOrMeta+End')
  await ben.page.keyboard.type('yours')
  await expect(editorOf(ana.page)).toContainText('yours')
  const undo = ana.page.getByRole('button', { name: /undo/i })
  const redo = ana.page.getByRole('button', { name: /redo/i })
  // First the break, in which the other has written meanwhile, then the word.
  await undo.click()
  await expect(editorOf(ana.page)).toContainText('mineyours')
  await undo.click()
  await expect(editorOf(ana.page)).not.toContainText('mine')
  await expect(editorOf(ana.page)).toContainText('yours')
  await redo.click()
  await expect(editorOf(ana.page)).toContainText('mine')
  await sameEverywhere([ana.page, ben.page])
})

/** Clicks like a person and looks, as a person does, where the caret is before typing on. */
async function putCaretAtEndOf(page: Page, text: string): Promise<void> {
  // Firefox moves the caret by keys only in the window in front.
  await page.bringToFront()
  await editorOf(page).getByText(text, { exact: true }).click()
  await page.keyboard.press('End')
  await expect
    .poll(() =>
      page.evaluate(() => {
        const { anchorNode, anchorOffset = 0 } = getSelection() ?? {}
        return anchorNode?.textContent?.slice(0, anchorOffset)
      }),
    )
    .toBe(text)
}
