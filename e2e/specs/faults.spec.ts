/**
 * The way to the server changes while two people type: WebSockets are refused, answers are held back, everything is cut.
 * Every character is looked for afterwards, what is called saved has to be stored, and the light has to tell the truth.
 */
import type { Page } from '@playwright/test'
import { connectionLight, editorOf, expect, sameEverywhere, saveState, test } from '../fixtures.ts'
import type { ServerProcess } from '../fixtures.ts'

/** How long the longest cut lasts. */
const CUT_MS = 20_000
/** A client that was away for long waits for some seconds between its tries. */
const BACK = { timeout: 45_000 }

const halves = ['abcdefghijklm', 'nopqrstuvwxyz'] as const
const all = halves.join('')

test('[CH2, CH4, CL1] WebSockets are refused in the middle of typing', async ({
  faults,
  open,
  documentId,
  server,
  stored,
}) => {
  const [ana, ben] = [await open(documentId), await open(documentId)]
  await typeHalf(ana.page, ben.page, 0, () => faults.refuseUpgradesFromNowOn())
  await expectLight([ana.page, ben.page], 'stream')
  await typeHalf(ana.page, ben.page, 1)
  await expectAll(server, () => stored(documentId), [ana.page, ben.page])
})

test('[CH3, CH4, CL1] and answers are held back as well', async ({
  faults,
  open,
  documentId,
  server,
  stored,
}) => {
  const [ana, ben] = [await open(documentId), await open(documentId)]
  await typeHalf(ana.page, ben.page, 0, () => {
    faults.buffersAnswers = true
    faults.refuseUpgradesFromNowOn()
  })
  await expectLight([ana.page, ben.page], 'poll')
  await typeHalf(ana.page, ben.page, 1)
  await expectAll(server, () => stored(documentId), [ana.page, ben.page])
})

test('[CH5, CL1] everything is cut for 20 seconds', async ({ faults, open, documentId, server, stored }) => {
  test.setTimeout(120_000)
  const [ana, ben] = [await open(documentId), await open(documentId)]
  const pages = [ana.page, ben.page]
  await typeHalf(ana.page, ben.page, 0)
  await expectSaved(pages)
  const before = await stored(documentId)
  faults.cut()
  const mended = new Promise<void>((resolve) =>
    setTimeout(() => {
      faults.mend()
      resolve()
    }, CUT_MS),
  )
  await typeHalf(ana.page, ben.page, 1)
  for (const page of pages)
    await expect(saveState(page)).toHaveText(/^Offline, \d+ changes kept on this device$/)
  await expectLight(pages, 'none')
  expect(await stored(documentId)).toBe(before)
  await mended
  // An outage is held against no transport.
  await expectLight(pages, 'ws')
  await expectAll(server, () => stored(documentId), pages)
})

test('[CH5] a restart of the server makes nobody fall back', async ({ open, documentId, server, stored }) => {
  test.setTimeout(120_000)
  const [ana, ben] = [await open(documentId), await open(documentId)]
  const pages = [ana.page, ben.page]
  await typeHalf(ana.page, ben.page, 0)
  await server.stop()
  await expectLight(pages, 'none')
  await server.start()
  await expectLight(pages, 'ws')
  await typeHalf(ana.page, ben.page, 1)
  await expectAll(server, () => stored(documentId), pages)
})

/** Both type half of the alphabet at once, one small and one large; what happens, happens in the middle of it. */
async function typeHalf(
  ana: Page,
  ben: Page,
  half: 0 | 1,
  happen: () => void = () => undefined,
): Promise<void> {
  for (const [i, character] of Array.from(halves[half]).entries()) {
    if (i === 6) happen()
    await Promise.all([type(ana, character), type(ben, character.toUpperCase())])
  }
}

async function type(page: Page, character: string): Promise<void> {
  await editorOf(page).press(character.toLowerCase() === character ? character : `Shift+${character}`)
}

async function expectLight(pages: readonly Page[], light: string): Promise<void> {
  for (const page of pages) await expect(connectionLight(page)).toHaveAttribute('data-light', light, BACK)
}

async function expectSaved(pages: readonly Page[]): Promise<void> {
  for (const page of pages) await expect(saveState(page)).toHaveText('Saved', BACK)
}

/** Once saved is said the server may be killed: all is there, once and in order. */
async function expectAll(
  server: ServerProcess,
  stored: () => Promise<string>,
  pages: readonly Page[],
): Promise<void> {
  await expectSaved(pages)
  await server.kill()
  await server.start()
  const kept = await stored()
  expect(kept.replaceAll(/[^a-z]/g, '')).toBe(all)
  expect(kept.replaceAll(/[^A-Z]/g, '')).toBe(all.toUpperCase())
  await sameEverywhere(pages)
  for (const page of pages) expect(await editorOf(page).innerText()).toBe(kept)
}
