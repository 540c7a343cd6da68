/**
 * Two people type as fast as keys can come, in the same paragraph, with Enter and bold in between. Every character is
 * one of a kind and looked for afterwards: on both screens, in both editors, on a third screen, and in what is stored.
 */
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Page } from '@playwright/test'
import { editorOf, expect, saveState, shownOn, test } from '../../fixtures.ts'
import type { Shown } from '../../fixtures.ts'

/** Of each kind in each browser; docs/testing.md. */
const ROUNDS = Number(process.env['TEST_TYPING_ROUNDS'] ?? 10)

const lower = 'abcdefghijklmnopqrstuvwxyz'
const upper = lower.toUpperCase()
const SEED = '1.2.3.4.5.'

/** Where the two begin: units from the start of the paragraph. */
const beginnings = [
  [SEED.length, SEED.length],
  [0, SEED.length],
  [4, 4],
  [6, 2],
] as const

// Snapshots of every key would take most of the time.
test.use({ trace: { mode: 'retain-on-failure', snapshots: false, screenshots: false, sources: false } })

for (const lagMs of [0, 40]) {
  test.describe(`with ${lagMs} ms to the server`, () => {
    test.use({ lagMs })

    test(`[SY1] no character is lost or doubled in ${ROUNDS} rounds in one paragraph`, async ({
      open,
      documentId,
    }) => {
      // Idle, a round takes seconds; a busy machine may take its time.
      test.setTimeout(120_000 + ROUNDS * 60_000)
      // CI tries a test again that failed. One that failed by a loss has to fail again.
      const loss = join(test.info().project.outputDir, `${documentId}.loss`)
      expect(existsSync(loss), 'nothing was lost in the first try').toBe(false)
      const [ana, ben, cleo] = [await open(documentId), await open(documentId), await open(documentId)]
      const pages = [ana.page, ben.page, cleo.page]
      let before = ''
      for (let round = 0; round < ROUNDS; round += 1) {
        await writeSeed(ana.page, round)
        await agree(pages)
        const [a, b] = beginnings[round % beginnings.length] ?? [0, 0]
        await putCaret(ana.page, a)
        await putCaret(ben.page, b)
        await Promise.all([typeFast(ana.page, lower), typeFast(ben.page, upper)])
        const text = (await agree(pages)).editor.join('\n')
        const label = `round ${round}`
        const written = wordsOf(text.slice(before.length))
        const isWhole = text.startsWith(before) && isDeepStrictEqual(written, expected(round))
        if (!isWhole) {
          await mkdir(test.info().project.outputDir, { recursive: true })
          await writeFile(loss, `${label}\n${before}\n${text}\n`)
        }
        expect(text.startsWith(before), `${label} leaves the others alone`).toBe(true)
        expect(written, label).toEqual(expected(round))
        before = text
      }
      const kept = await agree(pages)
      const dora = await open(documentId)
      expect((await agree([ana.page, dora.page])).content).toEqual(kept.content)
    })
  })
}

async function writeSeed(page: Page, round: number): Promise<void> {
  await expect(async () => {
    await clickLast(page)
    await page.keyboard.press('End')
    const length = await editorOf(page).evaluate((root) => root.lastElementChild?.textContent?.length ?? 0)
    await expect.poll(() => caretOf(page), { timeout: 5_000 }).toBe(length)
  }).toPass({ timeout: 60_000 })
  if (round > 0) await page.keyboard.press('Enter')
  await page.keyboard.type(SEED)
}

/** Clicks like a person and looks, as a person does, where the caret is before typing on; and once more where it is not. */
async function putCaret(page: Page, offset: number): Promise<void> {
  await expect(async () => {
    await clickLast(page)
    await page.keyboard.press('Home')
    await expect.poll(() => caretOf(page), { timeout: 5_000 }).toBe(0)
    for (let at = 0; at < offset; at += 1) await page.keyboard.press('ArrowRight')
    await expect.poll(() => caretOf(page), { timeout: 5_000 }).toBe(offset)
  }).toPass({ timeout: 60_000 })
}

async function clickLast(page: Page): Promise<void> {
  // Firefox moves the caret by keys only in the window in front.
  await page.bringToFront()
  await editorOf(page).locator('> *').last().click()
}

/** Characters between the start of the last paragraph and the caret. */
function caretOf(page: Page): Promise<number> {
  return editorOf(page).evaluate((root) => {
    const selection = getSelection()
    const last = root.lastElementChild
    if (selection?.focusNode == null || last === null || !last.contains(selection.focusNode)) return -1
    const range = document.createRange()
    range.setStart(last, 0)
    range.setEnd(selection.focusNode, selection.focusOffset)
    return range.toString().length
  })
}

async function typeFast(page: Page, characters: string): Promise<void> {
  for (const [i, character] of Array.from(characters).entries()) {
    if (i % 7 === 6) await page.keyboard.press('Enter')
    if (i % 5 === 4) await page.keyboard.press('ControlOrMeta+b')
    await page.keyboard.type(character)
  }
}

/** Waits until everything is saved and shown alike everywhere, and gives it. */
async function agree(pages: readonly Page[]): Promise<Shown> {
  let shown: Shown[] = []
  await expect
    .poll(
      async () => {
        const words = await Promise.all(pages.map((page) => saveState(page).textContent()))
        shown = await Promise.all(pages.map((page) => shownOn(page)))
        const kinds = new Set(shown.map(({ content }) => JSON.stringify(content)))
        return words.every((word) => word === 'Saved') && kinds.size === 1
      },
      { message: 'everything is saved, and shown alike', timeout: 60_000 },
    )
    .toBe(true)
  for (const { page, editor } of shown) expect(page).toEqual(editor)
  const [first] = shown
  if (first === undefined) throw new TypeError('nobody is there')
  return first
}

interface Words {
  readonly ana: string
  readonly ben: string
  readonly seed: string
  readonly breaks: number
}

/** A section of the text by authors. What is in typed order was never displaced, what is longer was doubled. */
function wordsOf(section: string): Words {
  const only = (pattern: RegExp): string => section.replaceAll(pattern, '')
  return {
    ana: only(/[^a-z]/g),
    ben: only(/[^A-Z]/g),
    seed: only(/[^0-9.]/g),
    breaks: section.split('\n').length - 1,
  }
}

function expected(round: number): Words {
  return { ana: lower, ben: upper, seed: SEED, breaks: 2 * 3 + (round > 0 ? 1 : 0) }
}
