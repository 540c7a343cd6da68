/** Tables by hand: made and changed by mouse and by keyboard, by two people at once. */
import type { Page } from '@playwright/test'
import { editorOf, expect, saveState, test } from '../fixtures.ts'

/** Each row as the texts of its cells. */
function rows(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('.cometpad-content tr')].map((row) =>
      [...row.querySelectorAll('td, th')].map((cell) => cell.textContent).join('|'),
    ),
  )
}

test('[TT1, TT2] a table is made and changed by keyboard and mouse, and two people who add to it get a rectangle', async ({
  open,
  documentId,
}) => {
  const ana = await open(documentId)
  const text = editorOf(ana.page)
  await text.click()
  // By keyboard: into the toolbar, to its last tool, and through the form.
  await ana.page.keyboard.press('Alt+F10')
  await ana.page.keyboard.press('End')
  await ana.page.keyboard.press('Enter')
  await expect(ana.page.getByLabel('Rows')).toBeFocused()
  await ana.page.keyboard.type('2')
  await ana.page.keyboard.press('Tab')
  await ana.page.keyboard.type('2')
  await ana.page.keyboard.press('Enter')
  await expect(text).toBeFocused()
  await expect(text.locator('th')).toHaveCount(2)
  for (const word of ['who', 'what', 'Ada', 'tea']) {
    await ana.page.keyboard.type(word)
    await ana.page.keyboard.press('Tab')
  }
  await expect.poll(() => rows(ana.page)).toEqual(['who|what', 'Ada|tea'])
  await expect(saveState(ana.page)).toHaveText('Saved')

  const ben = await open(documentId)
  await expect.poll(() => rows(ben.page)).toEqual(['who|what', 'Ada|tea'])
  // By mouse, at the cell; and in Ben's page by the toolbar.
  await text.getByText('tea').click()
  await ana.page.locator('.cometpad-cell-button').click()
  await editorOf(ben.page).getByText('Ada').click()
  await ben.page.getByRole('toolbar').getByRole('button', { name: 'Table' }).click()
  await Promise.all([
    ana.page.getByRole('menuitem', { name: 'Add row below' }).click(),
    ben.page.getByRole('menuitem', { name: 'Add column after' }).click(),
  ])
  await expect(text).toBeFocused()
  await ana.page.keyboard.type('new')
  for (const page of [ana.page, ben.page])
    await expect.poll(() => rows(page)).toEqual(['who||what', 'Ada||tea', '||new'])

  // Escape closes the menu and leads back.
  await ana.page.locator('.cometpad-cell-button').click()
  await expect(ana.page.getByRole('menuitem', { name: 'Add row above' })).toBeFocused()
  await ana.page.keyboard.press('Escape')
  await expect(text).toBeFocused()
  await ana.page.locator('.cometpad-cell-button').click()
  await ana.page.getByRole('menuitem', { name: 'Delete table' }).click()
  for (const page of [ana.page, ben.page]) await expect.poll(() => rows(page)).toEqual([])
})
