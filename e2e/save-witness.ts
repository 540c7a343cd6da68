/**
 * Watches what pages say to people while things happen: whenever one shows "Saved", everything that it shows has to be on
 * the server at that moment, and the server is asked, past whatever lies between. Notes which transports the light has shown.
 */
import type { Page } from '@playwright/test'
import { editorOf, expect } from './fixtures.ts'
import type { ServerProcess } from './fixtures.ts'

interface Seen {
  /** What the light has shown, each change once. */
  readonly lights: string[]
}

declare global {
  interface Window {
    seen?: Seen
    claimSaved?: (blocks: readonly string[]) => Promise<void>
  }
}

export class SaveWitness {
  readonly #stored: () => Promise<readonly string[]>
  readonly #pages: readonly Page[]
  readonly #questions: Promise<void>[] = []
  readonly #lies: string[] = []
  #claims = 0

  private constructor(stored: () => Promise<readonly string[]>, pages: readonly Page[]) {
    this.#stored = stored
    this.#pages = pages
  }

  static async watch(
    server: ServerProcess,
    documentId: string,
    pages: readonly Page[],
  ): Promise<SaveWitness> {
    const witness = new SaveWitness(() => server.blocksOf(documentId), pages)
    for (const [i, page] of pages.entries()) {
      await page.exposeFunction('claimSaved', (blocks: readonly string[]) => witness.#heard(i, blocks))
      await editorOf(page).evaluate(watchHere)
    }
    return witness
  }

  /** What each page's light has shown since this was asked last, beginning with what it showed then. */
  lights(): Promise<string[][]> {
    return Promise.all(
      this.#pages.map((page) =>
        page.evaluate(() => {
          const { lights } = window.seen ?? { lights: [] }
          return [...lights.splice(0, lights.length - 1), ...lights]
        }),
      ),
    )
  }

  /** Whether every "Saved" was true. */
  async expectTruth(): Promise<void> {
    await Promise.all(this.#questions)
    expect(this.#claims, 'what was said to be saved').toBeGreaterThan(0)
    expect(this.#lies, 'shown with "Saved", and not on the server').toEqual([])
  }

  #heard(page: number, blocks: readonly string[]): void {
    this.#claims += 1
    this.#questions.push(this.#ask(page, blocks))
  }

  /** Never rejects: what goes wrong is as bad as a lie. */
  async #ask(page: number, claimed: readonly string[]): Promise<void> {
    try {
      const stored = await this.#stored()
      const missing = lacking(claimed, stored)
      if (missing !== '') this.#lies.push(`page ${page} ends with "${claimed.at(-1)}": ${missing}`)
    } catch (cause) {
      this.#lies.push(`page ${page}: ${String(cause)}`)
    }
  }
}

/** What of the claimed text is not stored, in whatever order: others may have written in between. */
function lacking(claimed: readonly string[], stored: readonly string[]): string {
  const left = Array.from(stored.join(''))
  const characters = Array.from(claimed.join('')).filter((character) => {
    const at = left.indexOf(character)
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
  const breaks = claimed.length - stored.length
  return `${characters.join('')}${breaks > 0 ? `, ${breaks} line breaks` : ''}`
}

/** Runs in the page. Looks once in each frame in which something has changed: that is what a person sees. */
function watchHere(editor: Element): void {
  const seen: Seen = { lights: [] }
  window.seen = seen
  let claimed = ''
  let isDue = false
  const look = (): void => {
    isDue = false
    const light = document.querySelector<HTMLElement>('.cometpad-connection')?.dataset['light'] ?? ''
    if (light !== seen.lights.at(-1)) seen.lights.push(light)
    if (document.querySelector('.cometpad-save-words')?.textContent !== 'Saved') return
    const blocks = Array.from(editor.children, (block) => block.textContent ?? '')
    const claim = blocks.join('\n')
    if (claim === claimed) return
    claimed = claim
    void window.claimSaved?.(blocks)
  }
  const lookSoon = (): void => {
    if (isDue) return
    isDue = true
    requestAnimationFrame(look)
  }
  new MutationObserver(lookSoon).observe(document.body, {
    subtree: true,
    childList: true,
    characterData: true,
    attributes: true,
    attributeFilter: ['data-light'],
  })
  look()
}
