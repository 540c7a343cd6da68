/** Somebody whose right to write is taken while they type, in a page that embeds the editor. */
import { createHmac } from 'node:crypto'
import type { Page } from '@playwright/test'
import { connectionLight, expect, saveState, test } from '../../fixtures.ts'

const SECRET = 'a secret of more than thirty-two bytes'
test.use({ settings: ['--auth', 'token', '--token-secret', SECRET] })

/** As the site signs one for its people. */
function tokenOf(subject: string, role: string, documentId: string): string {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
  const exp = Math.floor(Date.now() / 1_000) + 600
  const signed = `${encode({ alg: 'HS256' })}.${encode({ sub: subject, doc: documentId, role, exp })}`
  return `${signed}.${createHmac('sha256', SECRET).update(signed).digest('base64url')}`
}

test('[RV7, RV2] who is made a reader while typing offline is offered the text, and sees the true document', async ({
  embed,
  server,
  faults,
  documentId,
  transport,
}) => {
  const owner = tokenOf('owner', 'owner', documentId)
  const asOwner = { authorization: `Bearer ${owner}`, 'content-type': 'application/json' }
  const ask = async (path: string, method: string, body: unknown): Promise<void> => {
    const answer = await fetch(server.url + path, { method, headers: asOwner, body: JSON.stringify(body) })
    expect(answer.ok, path).toBe(true)
  }
  const stored = async (): Promise<string> => {
    const answer = await fetch(`${server.url}/v1/content/${documentId}?format=text`, { headers: asOwner })
    return (await answer.text()).trim()
  }
  const say = (role: string | null): Promise<void> =>
    ask(`/v1/access/${documentId}`, 'PUT', { subject: 'ben', role })
  await ask('/v1/documents', 'POST', { documentId })

  const ben = await embed(documentId, { token: tokenOf('ben', 'editor', documentId) })
  await expect(connectionLight(ben)).toHaveAttribute('data-light', transport)
  await textOf(ben).click()
  await ben.keyboard.type('true words')
  await expect(saveState(ben)).toHaveText('Saved')
  faults.cutOff('/v1/')
  await ben.keyboard.type(' and more')
  await ben.keyboard.press('Enter')
  await ben.keyboard.type('never stored')
  await expect(saveState(ben)).toHaveText(/^Offline, \d+ changes kept on this device$/)
  await say('viewer')
  faults.mend()

  const kept = ben.getByRole('region', { name: 'Text that was not saved' })
  await expect(kept.locator('mark')).toHaveText(['true words and more', 'never stored'])
  await expect(textOf(ben)).toHaveText('true words')
  await expect(saveState(ben)).toHaveText('View only')
  await expect(textOf(ben)).toHaveAttribute('contenteditable', 'false')
  expect(await stored()).toBe('true words')

  // It is there after a reload too, and the right that comes back is one to insert it.
  await ben.reload()
  await expect(kept.locator('mark')).toHaveText(['true words and more', 'never stored'])
  await expect(kept.getByRole('button', { name: 'Insert at the end' })).toBeHidden()
  await say(null)
  await kept.getByRole('button', { name: 'Insert at the end' }).click()
  await expect(kept).toHaveCount(0)
  await expect(saveState(ben)).toHaveText('Saved')
  await expect(textOf(ben)).toContainText('never stored')
  await expect.poll(stored).toContain('never stored')
})

test('[RV3, RV7] whose last right is taken while they write reads nothing further, and is offered what was not saved, also after a reload', async ({
  embed,
  server,
  faults,
  documentId,
}) => {
  const asOwner = {
    authorization: `Bearer ${tokenOf('owner', 'owner', documentId)}`,
    'content-type': 'application/json',
  }
  const ask = async (path: string, method: string, body: unknown): Promise<void> => {
    const answer = await fetch(server.url + path, { method, headers: asOwner, body: JSON.stringify(body) })
    expect(answer.ok, path).toBe(true)
  }
  await ask('/v1/documents', 'POST', { documentId })
  const ben = await embed(documentId, { token: tokenOf('ben', 'editor', documentId) })
  await textOf(ben).click()
  await ben.keyboard.type('true words')
  await expect(saveState(ben)).toHaveText('Saved')
  faults.cutOff('/v1/')
  await ben.keyboard.type(' and more')
  await expect(saveState(ben)).toHaveText(/^Offline, \d+ changes kept on this device$/)
  await ask(`/v1/access/${documentId}`, 'PUT', { subject: 'ben', role: 'none' })
  const plain = { ...asOwner, 'content-type': 'text/plain' }
  const posted = await fetch(`${server.url}/v1/content/${documentId}`, {
    method: 'POST',
    headers: plain,
    body: 'for others',
  })
  expect(posted.ok).toBe(true)
  faults.mend()

  const copy = ben.getByRole('button', { name: 'Copy the text' })
  for (const isReloaded of [false, true]) {
    // As after a crash of the page: nothing of it says goodbye.
    if (isReloaded) await ben.reload()
    await expect(saveState(ben)).toHaveText('Stopped')
    await expect(copy).toBeVisible()
    await expect(textOf(ben)).toHaveText('true words and more')
    await expect(textOf(ben)).toHaveAttribute('contenteditable', 'false')
  }
  const stored = await fetch(`${server.url}/v1/content/${documentId}?format=text`, { headers: asOwner })
  expect((await stored.text()).replaceAll(/\s+/g, ' ').trim()).toBe('true words for others')
})

function textOf(page: Page): ReturnType<Page['locator']> {
  return page.locator('.cometpad-content')
}
