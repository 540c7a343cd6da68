/** What a person typed outlives the page, the browser, and the absence of the server. */
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { editorOf, expect, saveState, test } from '../fixtures.ts'

/** A client that was away for long waits for some seconds between its tries. */
const BACK = { timeout: 60_000 }
const KEPT = /^Offline, \d+ changes? kept on this device$/
/** What a document lives by; the pages themselves are still served, as by a cache or another server. */
const SERVICE = '/v1/'

test('[OF1, OF2, OF4] what was typed without a server survives a reload, and is stored once', async ({
  open,
  faults,
  documentId,
  stored,
}) => {
  const { page } = await open(documentId)
  await editorOf(page).click()
  await page.keyboard.type('saved ')
  await expect(saveState(page)).toHaveText('Saved')
  faults.cutOff(SERVICE)
  await page.keyboard.type('unsaved')
  await expect(saveState(page)).toHaveText(KEPT, BACK)
  // A question whether to leave would be answered with "stay", and fail this.
  await page.reload()
  await expect(editorOf(page)).toHaveText('saved unsaved')
  await editorOf(page).click()
  await page.keyboard.press('ControlOrMeta+End')
  await page.keyboard.type(' more')
  await expect(saveState(page)).toHaveText(KEPT, BACK)
  faults.mend()
  await expect(saveState(page)).toHaveText('Saved', BACK)
  expect(await stored(documentId)).toBe('saved unsaved more')
  await page.reload()
  await expect(saveState(page)).toHaveText('Saved')
  await expect(editorOf(page)).toHaveText('saved unsaved more')
})

test('[OF1, OF4] and the end of the browser by a kill', async ({
  playwright,
  browserName,
  launchOptions,
  faults,
  address,
  documentId,
  stored,
}) => {
  test.skip(browserName !== 'chromium' || process.platform !== 'linux', 'its processes are found in /proc')
  const profile = await mkdtemp(join(tmpdir(), 'cometpad-e2e-profile-'))
  const url = `${address}/d/${documentId}`
  const before = await playwright.chromium.launchPersistentContext(profile, launchOptions)
  try {
    const page = await before.newPage()
    await page.goto(url)
    await expect(saveState(page)).toHaveText('Saved')
    await editorOf(page).click()
    await page.keyboard.type('saved ')
    await expect(saveState(page)).toHaveText('Saved')
    faults.cutOff(SERVICE)
    await page.keyboard.type('and unsaved')
    await expect(saveState(page)).toHaveText(KEPT, BACK)
    await killAllOf(profile)
  } finally {
    await before.close().catch(() => undefined)
  }
  const after = await playwright.chromium.launchPersistentContext(profile, launchOptions)
  try {
    const page = await after.newPage()
    await page.goto(url)
    await expect(editorOf(page)).toHaveText('saved and unsaved')
    faults.mend()
    await expect(saveState(page)).toHaveText('Saved', BACK)
    expect(await stored(documentId)).toBe('saved and unsaved')
  } finally {
    await after.close()
    await rm(profile, { recursive: true, force: true })
  }
})

test('[OF1, OF7] two tabs without a server: what was typed in the one that was closed is in the other after a reload', async ({
  open,
  faults,
  address,
  documentId,
  stored,
}) => {
  const { page, context } = await open(documentId)
  await editorOf(page).click()
  await page.keyboard.type('both ')
  await expect(saveState(page)).toHaveText('Saved')
  const other = await context.newPage()
  await other.goto(`${address}/d/${documentId}`)
  await expect(saveState(other)).toHaveText('Saved')
  faults.cutOff(SERVICE)
  for (const [tab, word] of [
    [page, 'one '],
    [other, 'two '],
  ] as const) {
    await tab.bringToFront()
    await editorOf(tab).click()
    await tab.keyboard.press('ControlOrMeta+End')
    await tab.keyboard.type(word)
    await expect(saveState(tab)).toHaveText(KEPT, BACK)
  }
  await page.close()
  await other.reload()
  await expect(editorOf(other)).toContainText('one')
  const text = await editorOf(other).innerText()
  expect(text.trim().split(' ').sort()).toEqual(['both', 'one', 'two'])
  faults.mend()
  await expect(saveState(other)).toHaveText('Saved', BACK)
  expect((await stored(documentId)).trim()).toBe(text.trim())
})

test('[OF6, GN5] what was unsent when the document was replaced is a copy for the person, also after a reload', async ({
  open,
  faults,
  server,
  documentId,
  stored,
}) => {
  const folder = await mkdtemp(join(tmpdir(), 'cometpad-e2e-backups-'))
  const file = join(folder, 'full.cpb')
  const { page } = await open(documentId)
  const kept = page.getByRole('region', { name: 'Text that was not saved' })
  await editorOf(page).click()
  await page.keyboard.type('as it was')
  await expect(saveState(page)).toHaveText('Saved')
  await server.command('backup', file)
  faults.cutOff(SERVICE)
  await page.keyboard.type(' and unsaved')
  await expect(saveState(page)).toHaveText(KEPT, BACK)
  await server.command('restore', file, '--document', documentId)
  await page.reload()
  await expect(editorOf(page)).toHaveText('as it was and unsaved')
  faults.mend()
  await expect(kept).toContainText('as it was and unsaved', BACK)
  await expect(editorOf(page)).toHaveText('as it was')
  await page.reload()
  await expect(kept).toContainText('as it was and unsaved')
  await expect(saveState(page)).toHaveText('Saved')
  // Another tab offers it too; whoever is second inserts nothing.
  const tab = await page.context().newPage()
  await tab.goto(page.url())
  const keptInTab = tab.getByRole('region', { name: 'Text that was not saved' })
  await expect(keptInTab).toContainText('as it was and unsaved')
  await kept.getByRole('button', { name: 'Insert at the end' }).click()
  await expect(kept).toHaveCount(0)
  await expect(saveState(page)).toHaveText('Saved')
  await expect(editorOf(tab)).toContainText('unsaved')
  await keptInTab.getByRole('button', { name: 'Insert at the end' }).click()
  await expect(tab.getByText('Another tab of yours has seen to this text already.')).toBeVisible()
  await expect(keptInTab).toHaveCount(0)
  await page.reload()
  await expect(saveState(page)).toHaveText('Saved')
  await expect(kept).toHaveCount(0)
  expect((await stored(documentId)).match(/unsaved/g)).toHaveLength(1)
  await rm(folder, { recursive: true })
})

/** Every process that was told of this folder, at once and without a goodbye. */
async function killAllOf(folder: string): Promise<void> {
  let killed = 0
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (!line.includes(folder)) continue
    process.kill(Number(pid), 'SIGKILL')
    killed += 1
  }
  expect(killed, 'processes of the browser').toBeGreaterThan(0)
}
