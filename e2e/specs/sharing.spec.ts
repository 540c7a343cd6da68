/** Share links as people use them: an owner in the app's dialog, and whoever got the link. */
import { createHmac } from 'node:crypto'
import { editorOf, expect, saveState, test } from '../fixtures.ts'

const SECRET = 'a secret of more than thirty-two bytes'
test.use({ settings: ['--auth', 'token', '--token-secret', SECRET] })

/** As the site signs one that lets its people in. */
function ownerToken(documentId: string): string {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
  const exp = Math.floor(Date.now() / 1_000) + 300
  const signed = `${encode({ alg: 'HS256' })}.${encode({ sub: 'site', doc: documentId, role: 'owner', exp })}`
  return `${signed}.${createHmac('sha256', SECRET).update(signed).digest('base64url')}`
}

/** Makes a link as the site of an owner does. Gives its path. */
async function linkTo(server: string, documentId: string, link: object): Promise<string> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${ownerToken(documentId)}` }
  const ask = (path: string, body: object): Promise<Response> =>
    fetch(`${server}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  await ask('/v1/documents', { documentId })
  const made = await ask(`/v1/links/${documentId}`, link)
  expect(made.status).toBe(201)
  const { path } = (await made.json()) as { path: string }
  return path
}

test('[SL5] an owner shares a document with the keyboard alone; a reader reads until the link is taken back', async ({
  newPage,
  server,
  address,
  documentId,
}) => {
  const ana = await newPage()
  await ana.goto(address + (await linkTo(server.url, documentId, { role: 'owner' })))
  await expect(saveState(ana)).toHaveText('Saved')
  await editorOf(ana).click()
  await ana.keyboard.type('hello')
  await expect(saveState(ana)).toHaveText('Saved')

  await ana.getByRole('button', { name: 'Share' }).focus()
  await ana.keyboard.press('Enter')
  const dialog = ana.getByRole('dialog', { name: 'Share this document' })
  await expect(dialog.getByRole('heading')).toBeFocused()
  await expect(dialog.getByRole('listitem')).toHaveCount(1)
  // Past what takes back the owner's own link, to the new one.
  for (const label of ['Whoever has the link', 'It works', 'Password (may be empty)']) {
    await expect
      .poll(async () => {
        const field = dialog.getByLabel(label)
        const isThere = await field.evaluate((element) => element === element.ownerDocument.activeElement)
        if (!isThere) await ana.keyboard.press('Tab')
        return isThere
      })
      .toBe(true)
  }
  await ana.keyboard.press('Enter')
  const made = dialog.getByRole('textbox', { name: 'The new link' })
  await expect(made).toBeFocused()
  await expect(dialog.getByRole('status')).toContainText('Copy it now')
  const link = await made.inputValue()

  const ben = await newPage()
  await ben.goto(link)
  await expect(editorOf(ben)).toHaveText('hello')
  await expect(saveState(ben)).toHaveText('View only')
  await expect(editorOf(ben)).toHaveAttribute('contenteditable', 'false')
  await editorOf(ben).click()
  await ben.keyboard.type('no')
  await expect(editorOf(ben)).toHaveText('hello')
  await expect(ben.getByRole('button', { name: 'Share' })).toHaveCount(0)

  await dialog.getByRole('button', { name: /^Take back the link: can read ·/ }).focus()
  await ana.keyboard.press('Enter')
  await expect(dialog.getByRole('status')).toContainText('is out')
  await expect(ben.getByRole('alert').filter({ hasText: 'does not work any more' })).toBeVisible()
  await ana.keyboard.press('Escape')
  await expect(dialog).toHaveCount(0)
  await expect(ana.getByRole('button', { name: 'Share' })).toBeFocused()
  await editorOf(ana).click()
  await ana.keyboard.type(' again')
  await expect(saveState(ana)).toHaveText('Saved')
  await expect(editorOf(ben)).toHaveText('hello')
})

test('[SL5, SL3] a link with a password asks for it, and once', async ({
  newPage,
  server,
  address,
  documentId,
}) => {
  const path = await linkTo(server.url, documentId, { role: 'editor', password: 'open sesame' })
  const page = await newPage()
  await page.goto(address + path)
  const field = page.getByLabel('Password of the link')
  await field.fill('open poppy')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('alert').filter({ hasText: 'not the password' })).toBeVisible()
  await field.fill('open sesame')
  await page.keyboard.press('Enter')
  await expect(saveState(page)).toHaveText('Saved')
  await editorOf(page).click()
  await page.keyboard.type('in')
  await expect(saveState(page)).toHaveText('Saved')
  await page.reload()
  await expect(editorOf(page)).toHaveText('in')
  await expect(saveState(page)).toHaveText('Saved')
})
