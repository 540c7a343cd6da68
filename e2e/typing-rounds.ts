/**
 * Rounds of typing: two people write as fast as keys can come, in the same paragraph, with Enter and bold in between. Every
 * character is one of a kind in its round, and looked for afterwards on all pages. Knows nothing of what happens on the way.
 */
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Page } from '@playwright/test'
import { editorOf, expect, saveState, shownOn, test } from './fixtures.ts'
import type { Shown } from './fixtures.ts'

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

/** Looked at this often: a round has half a dozen waits, and most of them end soon. */
const OFTEN = [50, 100, 200]

/** So many of their characters have been typed when something happens in the middle. */
const MIDDLE = 13

export class TypingRounds {
  readonly #ana: Page
  readonly #ben: Page
  readonly #pages: readonly Page[]
  /** Remembers a loss: CI tries a test again that failed, and one that failed by a loss has to fail again. */
  readonly #loss: string
  #round = 0
  /** What the rounds before have left. */
  #before = ''

  /** @param others who only look on */
  constructor(documentId: string, [ana, ben, ...others]: readonly [Page, Page, ...Page[]]) {
    this.#ana = ana
    this.#ben = ben
    this.#pages = [ana, ben, ...others]
    this.#loss = join(test.info().project.outputDir, `${documentId}.loss`)
    expect(existsSync(this.#loss), 'nothing was lost in the first try').toBe(false)
  }

  /** One round from its beginning to its end. */
  async play(happen?: () => void): Promise<Shown> {
    await this.begin()
    await this.type(happen)
    return await this.finish()
  }

  /** A new paragraph, and both stand in it. */
  async begin(): Promise<void> {
    await writeSeed(this.#ana, this.#round)
    await this.#agree()
    const [a, b] = beginnings[this.#round % beginnings.length] ?? [0, 0]
    await putCaret(this.#ana, a)
    await putCaret(this.#ben, b)
  }

  /** Both type at once. @param happen what happens in the middle of it */
  async type(happen?: () => void): Promise<void> {
    await Promise.all([typeFast(this.#ana, lower, happen), typeFast(this.#ben, upper)])
  }

  /** Waits until everything is saved and the same everywhere, looks for each character, and gives what is shown. */
  async finish(): Promise<Shown> {
    const shown = await this.#agree()
    const text = shown.editor.join('\n')
    const label = `round ${this.#round}`
    const written = wordsOf(text.slice(this.#before.length))
    if (!text.startsWith(this.#before) || !isDeepStrictEqual(written, expected(this.#round))) {
      await mkdir(test.info().project.outputDir, { recursive: true })
      await writeFile(this.#loss, `${label}\n${this.#before}\n${text}\n`)
    }
    expect(text.startsWith(this.#before), `${label} leaves the others alone`).toBe(true)
    expect(written, label).toEqual(expected(this.#round))
    this.#before = text
    this.#round += 1
    return shown
  }

  /** Waits until everything is saved and shown alike everywhere. */
  #agree(): Promise<Shown> {
    return agree(this.#pages)
  }
}

/** Waits until everything is saved and shown alike on all of these pages, and gives it. */
export async function agree(pages: readonly Page[]): Promise<Shown> {
  let shown: Shown[] = []
  await expect
    .poll(
      async () => {
        const words = await Promise.all(pages.map((page) => saveState(page).textContent()))
        shown = await Promise.all(pages.map((page) => shownOn(page)))
        const kinds = new Set(shown.map(({ content }) => JSON.stringify(content)))
        return words.every((word) => word === 'Saved') && kinds.size === 1
      },
      { message: 'everything is saved, and shown alike', timeout: 60_000, intervals: OFTEN },
    )
    .toBe(true)
  for (const { page, editor } of shown) expect(page).toEqual(editor)
  const [first] = shown
  if (first === undefined) throw new TypeError('nobody is there')
  return first
}

async function writeSeed(page: Page, round: number): Promise<void> {
  await expect(async () => {
    await clickLast(page)
    await page.keyboard.press('End')
    const length = await editorOf(page).evaluate((root) => root.lastElementChild?.textContent?.length ?? 0)
    await expect.poll(() => caretOf(page), { timeout: 5_000, intervals: OFTEN }).toBe(length)
  }).toPass({ timeout: 60_000 })
  if (round > 0) await page.keyboard.press('Enter')
  await page.keyboard.type(SEED)
}

/** Clicks like a person and looks, as a person does, where the caret is before typing on; and once more where it is not. */
async function putCaret(page: Page, offset: number): Promise<void> {
  await expect(async () => {
    await clickLast(page)
    await page.keyboard.press('Home')
    await expect.poll(() => caretOf(page), { timeout: 5_000, intervals: OFTEN }).toBe(0)
    for (let at = 0; at < offset; at += 1) await page.keyboard.press('ArrowRight')
    await expect.poll(() => caretOf(page), { timeout: 5_000, intervals: OFTEN }).toBe(offset)
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

async function typeFast(page: Page, characters: string, happen?: () => void): Promise<void> {
  for (const [i, character] of Array.from(characters).entries()) {
    if (i === MIDDLE) happen?.()
    if (i % 7 === 6) await page.keyboard.press('Enter')
    if (i % 5 === 4) await page.keyboard.press('ControlOrMeta+b')
    await page.keyboard.type(character)
  }
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
