import { contentOf, editorOf, expect, sameEverywhere, test } from '../../fixtures.ts'

test('[BN15] one makes a note of the paragraph in which another is typing, goes on in it, leaves it by Enter, and takes it away', async ({
  open,
  documentId,
}) => {
  const [ana, ben] = await Promise.all([open(documentId), open(documentId)])
  await editorOf(ana.page).click()
  await ana.page.keyboard.type('above')
  await ana.page.keyboard.press('Enter')
  await ana.page.keyboard.type('Mind the gap:')
  await expect(editorOf(ben.page)).toContainText('Mind the gap:')
  await ben.page.bringToFront()
  await editorOf(ben.page).getByText('Mind the gap:').click()
  await ben.page.keyboard.press('End')

  const words = ' it is wider than it looks, and deeper.'
  const note = ana.page.getByRole('button', { name: 'Note' })
  await Promise.all([ben.page.keyboard.type(words, { delay: 20 }), note.click()])
  const wrapped = ['p: above', `aside: Mind the gap:${words}`]
  await expect.poll(() => contentOf(ana.page), { timeout: 20_000 }).toEqual(wrapped)
  await expect(note).toHaveAttribute('aria-pressed', 'true')
  expect(await sameEverywhere([ana.page, ben.page])).toEqual(wrapped)

  // A second line in it, then an empty one, which leads out.
  await ben.page.keyboard.press('Enter')
  await ben.page.keyboard.type('And slippery.')
  await ben.page.keyboard.press('Enter')
  await ben.page.keyboard.press('Enter')
  await ben.page.keyboard.type('below')
  const left = ['p: above', `aside: Mind the gap:${words}|And slippery.`, 'p: below']
  expect(await sameEverywhere([ana.page, ben.page])).toEqual(left)

  await ana.page.bringToFront()
  await editorOf(ana.page).getByText('And slippery.').click()
  await ana.page.keyboard.press('ControlOrMeta+Alt+6')
  await expect.poll(() => contentOf(ana.page), { timeout: 20_000 }).toHaveLength(4)
  const gone = ['p: above', `p: Mind the gap:${words}`, 'p: And slippery.', 'p: below']
  expect(await sameEverywhere([ana.page, ben.page])).toEqual(gone)

  const cleo = await open(documentId)
  expect(await sameEverywhere([ana.page, cleo.page])).toEqual(gone)
})
