import { join } from 'node:path'
import { tmpdir } from 'node:os'
import { mkdtemp, rm } from 'node:fs/promises'
import { contentOf, editorOf, expect, sameEverywhere, saveState, test } from '../fixtures.ts'

let folder: string

test.beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cometpad-e2e-backups-'))
})

test.afterEach(() => rm(folder, { recursive: true }))

test('[GN1] who is in a document that is restored sees the restored text, without a reload', async ({
  open,
  server,
  documentId,
}) => {
  const file = join(folder, 'full.cpb')
  const [ana, ben] = await Promise.all([open(documentId), open(documentId)])
  await editorOf(ana.page).click()
  await ana.page.keyboard.type('as it was')
  await expect(editorOf(ben.page)).toContainText('as it was')
  await expect(saveState(ana.page)).toHaveText('Saved')
  await server.command('backup', file)
  await ana.page.keyboard.type(' and more')
  await expect(editorOf(ben.page)).toContainText('as it was and more')
  await expect(saveState(ana.page)).toHaveText('Saved')

  await server.command('restore', file, '--document', documentId)

  for (const { page } of [ana, ben]) {
    await expect(page.getByRole('alert')).toContainText('replaced by another version')
    await expect(editorOf(page)).toHaveText('as it was')
    await expect(page.getByRole('region', { name: 'Text that was not saved' })).toHaveCount(0)
  }
  await editorOf(ben.page).click()
  await ben.page.keyboard.press('ControlOrMeta+End')
  await ben.page.keyboard.type(', now')
  await expect(editorOf(ana.page)).toHaveText('as it was, now')
  expect(await sameEverywhere([ana.page, ben.page])).toEqual(['p: as it was, now'])
})

test('[GN5] words that were not saved before a restore are kept as a copy, and are in nobody’s text until they are inserted', async ({
  open,
  server,
  documentId,
}) => {
  const file = join(folder, 'full.cpb')
  const ana = await open(documentId)
  await editorOf(ana.page).click()
  await ana.page.keyboard.type('as it was')
  await expect(saveState(ana.page)).toHaveText('Saved')
  await server.command('backup', file)
  await server.stop()
  await ana.page.keyboard.type(' unsaved')
  await expect(saveState(ana.page)).toHaveText(/Offline/, { timeout: 15_000 })
  await server.command('restore', file, '--document', documentId)
  await server.start()

  const kept = ana.page.getByRole('region', { name: 'Text that was not saved' })
  await expect(kept).toContainText('as it was unsaved', { timeout: 25_000 })
  // The copy says what has happened; nothing else says it again.
  await expect(ana.page.locator('.head-problem')).toBeHidden()
  await expect(editorOf(ana.page)).toHaveText('as it was')
  const ben = await open(documentId)
  expect(await contentOf(ben.page)).toEqual(['p: as it was'])

  await kept.getByRole('button', { name: 'Insert at the end' }).click()
  await expect(kept).toHaveCount(0)
  expect(await sameEverywhere([ana.page, ben.page])).toEqual(['p: as it was', 'p: as it was unsaved'])
})
