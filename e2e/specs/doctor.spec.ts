/** The page /doctor through ways that are good, bad and gone: its sentences, its signs, and what can be copied. */
import type { Locator, Page } from '@playwright/test'
import { connectionLight, expect, test } from '../fixtures.ts'

/** A second of silence is enough to see how the page takes it. */
const PATH = '/doctor?hold=1'

// Firefox lets no test read its clipboard.
test('[DC5, DC6] where all is well the doctor says so, and has loaded no editor @chromium', async ({
  address,
  newPage,
}) => {
  const page = await newPage({ permissions: ['clipboard-read', 'clipboard-write'] })
  const loaded: string[] = []
  const complaints: string[] = []
  page.on('request', (request) => loaded.push(new URL(request.url()).pathname))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  await page.goto(address + PATH)
  await expectResult(page, 'good', /^Editing is live here, over WebSocket\.$/)
  for (const check of ['server', 'socket', 'stream', 'hold', 'size', 'host', 'clock'])
    await expect(row(page, check)).toHaveAttribute('data-look', 'good')
  await expect(row(page, 'embed')).toContainText('not asked')
  await expect(row(page, 'socket')).toContainText(/works[\d.]+ m?s/)
  expect(loaded.filter((path) => path.includes('document-page'))).toEqual([])
  expect(complaints).toEqual([])

  await page.getByRole('button', { name: 'Copy as text' }).click()
  await expect(page.getByRole('button', { name: 'Copied' })).toBeVisible()
  const text = await page.evaluate(() => navigator.clipboard.readText())
  expect(text).toMatch(/^Editing is live here, over WebSocket\.\n/)
  expect(text).toContain(`Server: ${address}\n`)
})

test('[DC3, DC5] where WebSockets are refused the doctor says what to change', async ({
  faults,
  newPage,
  browserName,
}) => {
  faults.refusesUpgrades = true
  const page = await newPage()
  await page.goto(faults.url + PATH)
  await expectResult(
    page,
    'worse',
    /^Editing works here, over a held stream; WebSockets are blocked by something between you and the server\.$/,
  )
  await expect(row(page, 'socket')).toHaveAttribute('data-look', 'worse')
  await expect(row(page, 'socket')).toContainText('blocked')
  await expect(row(page, 'socket').getByRole('region', { name: 'What to change in nginx' })).toContainText(
    'proxy_set_header Upgrade $http_upgrade;',
  )
  await expect(row(page, 'stream')).toHaveAttribute('data-look', 'good')
  if (browserName !== 'chromium') return

  // Another site is asked for with the keyboard, and checked at once.
  await page
    .getByRole('textbox', { name: 'Does another site embed the editor?' })
    .fill('www.example.org/wiki')
  await page.keyboard.press('Enter')
  await expectResult(page, 'worse', /Pages of https:\/\/www\.example\.org cannot use it\.$/)
  await expect(row(page, 'embed')).toContainText('add https://www.example.org to COMETPAD_ORIGINS')
  expect(new URL(page.url()).searchParams.get('origin')).toBe('https://www.example.org')
})

// Said by the same words in every browser.
test('[DC3, DC5] where answers are held back as well the doctor names both @chromium', async ({
  faults,
  newPage,
}) => {
  faults.refusesUpgrades = true
  faults.buffersAnswers = true
  const page = await newPage()
  await page.goto(faults.url + PATH)
  await expectResult(
    page,
    'worse',
    /^Editing works here, over requests that wait; WebSockets are blocked and streams are held back by/,
  )
  await expect(row(page, 'stream')).toContainText('held back')
  await expect(row(page, 'stream').getByRole('region', { name: 'What to change in Caddy' })).toContainText(
    'flush_interval -1',
  )
})

test('[DC5] where everything is cut the doctor asks no further, until it is run again @chromium', async ({
  faults,
  newPage,
}) => {
  const page = await newPage()
  await page.goto(faults.url + PATH)
  await expectResult(page, 'good', /^Editing is live/)
  faults.cut()
  const again = page.getByRole('button', { name: 'Run again' })
  await again.click()
  await expectResult(page, 'bad', /^Editing does not work here: the server cannot be reached\.$/)
  await expect(row(page, 'server')).toContainText('no answer')
  await expect(page.getByText('not asked')).toHaveCount(7)
  faults.mend()
  await expect(again).toBeFocused()
  await page.keyboard.press('Enter')
  await expectResult(page, 'good', /^Editing is live/)
})

test('[DC3, DC5] a sign-in page in between is told from a server that is away, and the text can be copied by hand @chromium', async ({
  address,
  newPage,
}) => {
  const page = await newPage()
  // As in a page without HTTPS.
  await page.addInitScript(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }))
  await page.route('**/v1/**', (route) =>
    route.fulfill({ status: 302, headers: { location: 'https://login.example/' } }),
  )
  await page.goto(address + PATH)
  await expectResult(page, 'bad', /something else answers in the place of the server\.$/)
  await expect(row(page, 'server')).toContainText('a sign-in page?')
  await page.getByRole('button', { name: 'Copy as text' }).click()
  await expect(page.getByRole('button', { name: 'Selected: now copy it' })).toBeVisible()
  const report = page.getByRole('textbox', { name: 'The report' })
  await expect(report).toBeFocused()
  await expect(report).toHaveValue(/^Editing does not work here: .*\n\n\[bad \] The server: not ours\./)
})

test('[CL6, DC5] the connection light of an editor leads to the doctor @chromium', async ({
  open,
  documentId,
}) => {
  const { page } = await open(documentId)
  await connectionLight(page).getByRole('button').press('Enter')
  const opened = page.waitForEvent('popup')
  await page.getByRole('link', { name: 'Check the connection' }).click()
  const doctor = await opened
  await expect(doctor.getByRole('heading', { level: 1 })).toHaveText('Does editing work from here?')
  await expect(row(doctor, 'server')).toContainText('works')
})

function row(page: Page, check: string): Locator {
  return page.locator(`[data-check="${check}"]`)
}

/** Waits for the sentence, which is also read aloud, and for its sign. */
async function expectResult(page: Page, look: string, sentence: RegExp): Promise<void> {
  const result = page.getByRole('region', { name: 'Result' })
  await expect(result.getByRole('status').first()).toHaveText(sentence, { timeout: 60_000 })
  await expect(result).toHaveAttribute('data-look', look)
}
