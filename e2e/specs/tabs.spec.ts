/**
 * One browser with many tabs on networks that let no WebSocket through: a browser opens six connections to an origin over
 * HTTP/1.1, and eight tabs that held one each would stand still.
 */
import { expect } from '@playwright/test'
import type { Page, Request } from '@playwright/test'
import { connectionLight, editorOf, saveState, test } from '../fixtures.ts'

const TABS = 8
/** Eight pages at once are slow enough for a stream to be taken for one that somebody holds back. */
const LIGHT = /^(stream|poll)$/

/** Pages with a request that is held. */
class Holders {
  readonly #held = new Map<Request, Page>()

  watch(page: Page): void {
    page.on('request', (request) => {
      if (new URL(request.url()).searchParams.has('live')) this.#held.set(request, page)
    })
    page.on('requestfinished', (request) => this.#held.delete(request))
    page.on('requestfailed', (request) => this.#held.delete(request))
  }

  get leader(): Page | undefined {
    return [...this.#held.values()].at(-1)
  }
}

// A trace of eight pages costs more than the pages.
test.use({ trace: 'off' })

for (const transport of ['stream', 'poll'] as const) {
  test.describe(`over ${transport}`, () => {
    test.use({ transport })

    test(`[TB1, TB2, TB3, TB7] ${TABS} tabs over ${transport} edit one document over one held request`, async ({
      faults,
      open,
      address,
      documentId,
      stored,
    }) => {
      const path = `/v1/yjs/docs/${documentId}`
      const holders = new Holders()
      const errors: string[] = []
      const { page: first, context } = await open(documentId)
      holders.watch(first)
      context.on('page', (page) => {
        holders.watch(page)
        page.on('pageerror', ({ message }) => errors.push(message))
      })
      const others = await Promise.all(
        Array.from({ length: TABS - 1 }, async () => {
          const page = await context.newPage()
          await page.goto(`${address}/d/${documentId}`)
          return page
        }),
      )
      for (const page of others) {
        await expect(saveState(page)).toHaveText('Saved')
        await expect(connectionLight(page)).toHaveAttribute('data-light', LIGHT)
      }
      await expect.poll(() => faults.heldAt(path)).toBe(1)
      faults.mostHeldAt(path)

      const before = await type([first, ...others], 'abcdefgh')
      await expectLetters([first, ...others], before)
      // While a lock passes from one to the next, the proxy may see the new request before the end of the old one.
      expect(faults.mostHeldAt(path), 'requests held at the same time').toBeLessThanOrEqual(2)
      expect(faults.heldAt(path)).toBe(1)

      const leader = holders.leader ?? first
      await leader.close()
      const rest = [first, ...others].filter((page) => page !== leader)
      await expect.poll(() => faults.heldAt(path)).toBe(1)
      const all = before + (await type(rest, 'ijklmno'))
      await expectLetters(rest, all)
      expect(faults.heldAt(path)).toBe(1)
      for (const page of rest) {
        await expect(saveState(page)).toHaveText('Saved')
        await expect(connectionLight(page)).toHaveAttribute('data-light', LIGHT)
      }
      expect(sorted(await stored(documentId))).toBe(sorted(all))
      expect(errors).toEqual([])
    })
  })
}

/** Each tab writes a letter of its own three times, without waiting for what others have written. */
async function type(pages: readonly Page[], letters: string): Promise<string> {
  let typed = ''
  for (const [index, page] of pages.entries()) {
    const letter = letters.charAt(index)
    await editorOf(page).click()
    await page.keyboard.press('ControlOrMeta+End')
    await page.keyboard.type(letter.repeat(3))
    typed += letter.repeat(3)
  }
  return typed
}

/** Each letter is there as often as it was typed. Where it stands is for those to say who write at the same time. */
async function expectLetters(pages: readonly Page[], letters: string): Promise<void> {
  for (const page of pages)
    await expect.poll(async () => sorted(await editorOf(page).innerText())).toBe(sorted(letters))
}

function sorted(text: string): string {
  return Array.from(text.replaceAll(/\s/g, '')).toSorted().join('')
}
