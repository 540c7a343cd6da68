/**
 * A real server process for every test, and pages on it. A page that reports an error fails its test. Knows the product
 * only from outside: its command, its HTTP API, and what a person sees.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { test as base, expect } from '@playwright/test'
import type { BrowserContext, BrowserContextOptions, Locator, Page } from '@playwright/test'
import { fileOfBundle } from './embedding/build.ts'
import { FaultProxy } from './faults.ts'
import { SlowRelay } from './relay.ts'

const MAIN = fileURLToPath(new URL('../packages/server/bin/cometpad.cjs', import.meta.url))
const READY = /^Cometpad is ready: (http:\/\/\S+)/

/** The server as its operator runs it: a process, a folder, a port. */
export class ServerProcess {
  readonly #folder: string
  readonly #origins: readonly string[]
  readonly #settings: readonly string[]
  #process: ChildProcess | undefined
  #url: URL | undefined

  /** @param origins other sites whose pages may use it; @param settings more flags of the command */
  constructor(folder: string, origins: readonly string[] = [], settings: readonly string[] = []) {
    this.#folder = folder
    this.#origins = origins
    this.#settings = settings
  }

  get url(): string {
    if (this.#url === undefined) throw new TypeError('The server has not been started')
    return this.#url.origin
  }

  /** Starts the process; after the first time on the port it had then, so that pages find it again. */
  async start(): Promise<void> {
    const port = this.#url?.port ?? '0'
    const words = ['serve', '--port', port, '--data', this.#folder, ...this.#settings]
    if (this.#origins.length > 0) words.push('--origins', this.#origins.join())
    const child = spawn(process.execPath, [MAIN, ...words], { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#process = child
    let trouble = ''
    child.stderr.on('data', (chunk: Buffer) => (trouble = (trouble + chunk.toString()).slice(-2_000)))
    for await (const line of createInterface({ input: child.stdout })) {
      const url = READY.exec(line)?.[1]
      if (url === undefined) continue
      this.#url = new URL(url)
      child.stdout.resume()
      return
    }
    throw new Error(`The server did not start: ${trouble}`)
  }

  /** What an operator does beside it, such as `backup FILE`; on the same folder, whether the process runs or not. */
  async command(...words: string[]): Promise<void> {
    const child = spawn(process.execPath, [MAIN, ...words, '--data', this.#folder], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let trouble = ''
    child.stderr.on('data', (chunk: Buffer) => (trouble += chunk.toString()))
    const [code] = await once(child, 'close')
    if (code !== 0) throw new Error(`cometpad ${words.join(' ')} ended with ${String(code)}: ${trouble}`)
  }

  /** The text of each block of a document, as it is stored. */
  async blocksOf(documentId: string): Promise<string[]> {
    const answer = await fetch(`${this.url}/v1/content/${documentId}?format=json`)
    if (!answer.ok) throw new Error(`The server answered with ${answer.status}`)
    const { root } = (await answer.json()) as { readonly root: Saved }
    return (root.children ?? []).map(textOf)
  }

  /** No goodbye: what a crash or the kernel does. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM')
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (child === undefined || child.exitCode !== null) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }
}

/** As much of the state of an editor as is looked at here. */
interface Saved {
  readonly text?: string
  readonly children?: readonly Saved[]
}

function textOf({ text, children = [] }: Saved): string {
  return text ?? children.map(textOf).join('')
}

/** Somebody who opens pages: a browser context of their own. */
export interface Person {
  readonly page: Page
  readonly context: BrowserContext
}

export interface CollaborationOptions {
  /** How edits travel. The specs of `specs/collaboration` know nothing of it, and shall pass with every one. */
  transport: 'ws' | 'stream' | 'poll'
  /** So late arrives what is sent, each way. */
  lagMs: number
  /** Flags that the server is started with, besides those that every test gives. */
  settings: readonly string[]
}

interface Fixtures extends CollaborationOptions {
  /** What lies between pages and the server; where `transport` is another than ws it leaves only that. */
  faults: FaultProxy
  /** Where pages find the server: behind the faults, and those behind the slow way. */
  address: string
  server: ServerProcess
  /** Other sites whose pages the server lets in. */
  origins: readonly string[]
  /** A document id that no other test uses. */
  documentId: string
  /** A page in a browser context of its own. */
  newPage: (options?: BrowserContextOptions) => Promise<Page>
  /** Opens a document as somebody new and waits until it can be edited. */
  open: (documentId: string, options?: BrowserContextOptions) => Promise<Person>
  /** The text of a document as somebody reads it who comes anew, and straight to the server. */
  stored: (documentId: string) => Promise<string>
  /** Opens a document in a page that embeds the editor, through one of its doors. */
  embed: (
    documentId: string,
    query?: Readonly<Record<string, string>>,
    prepare?: (page: Page) => Promise<void>,
  ) => Promise<Page>
}

export const test = base.extend<Fixtures>({
  // Playwright finds out what a fixture needs by its first parameter, which therefore has to be a pattern.
  // oxlint-disable-next-line no-empty-pattern -- and this one needs nothing
  origins: async ({}, use) => {
    await use([])
  },

  settings: [[], { option: true }],

  server: async ({ origins, settings }, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'cometpad-e2e-'))
    const server = new ServerProcess(folder, origins, settings)
    await server.start()
    await use(server)
    await server.stop()
    await rm(folder, { recursive: true })
  },

  transport: ['ws', { option: true }],
  lagMs: [0, { option: true }],

  faults: async ({ server, transport }, use) => {
    const faults = new FaultProxy(new URL(server.url))
    faults.refusesUpgrades = transport !== 'ws'
    faults.buffersAnswers = transport === 'poll'
    await faults.start()
    await use(faults)
    await faults.stop()
  },

  address: async ({ faults, lagMs }, use) => {
    if (lagMs === 0) {
      await use(faults.url)
      return
    }
    const relay = new SlowRelay(new URL(faults.url), lagMs)
    await use(await relay.start())
    await relay.stop()
  },

  documentId: async ({ browserName }, use, info) => {
    await use(`e2e-${browserName}-${info.testId}-${info.repeatEachIndex}`)
  },

  newPage: async ({ browser }, use) => {
    const contexts: BrowserContext[] = []
    const errors: string[] = []
    await use(async (options) => {
      const context = await browser.newContext(options)
      contexts.push(context)
      const page = await context.newPage()
      page.on('pageerror', (error) => {
        // Firefox reports a server that is away as an error of the page.
        if (!/establish a connection|connection .* was interrupted/.test(error.message))
          errors.push(error.message)
      })
      return page
    })
    for (const context of contexts) await context.close()
    expect(errors, 'errors in the pages').toEqual([])
  },

  open: async ({ newPage, address, transport }, use) => {
    let known: BrowserContextOptions['storageState'] = undefined
    await use(async (documentId, options) => {
      const page = await newPage({ ...(known === undefined ? {} : { storageState: known }), ...options })
      await page.goto(`${address}/d/${documentId}`)
      await expect(editorOf(page)).toBeVisible()
      await expect(saveState(page)).toHaveText('Saved')
      await expect(connectionLight(page)).toHaveAttribute('data-light', transport)
      if (transport !== 'ws') known ??= await fallbackKnownTo(page.context())
      return { page, context: page.context() }
    })
  },

  stored: async ({ newPage, server }, use) => {
    await use(async (documentId) => {
      const page = await newPage()
      await page.goto(`${server.url}/d/${documentId}`)
      await expect(saveState(page)).toHaveText('Saved')
      const text = await editorOf(page).innerText()
      await page.context().close()
      return text
    })
  },

  embed: async ({ newPage, address }, use) => {
    await use(async (documentId, query, prepare) => {
      const page = await newPage()
      await page.route(`${address}/embedding/**`, async (route) => {
        const file = new URL(route.request().url()).pathname.slice('/embedding/'.length)
        if (file.endsWith('.js')) await route.fulfill({ path: fileOfBundle(file) })
        else await route.fulfill({ body: EMBEDDING_PAGE, headers: EMBEDDING_HEADERS })
      })
      await prepare?.(page)
      await page.goto(
        `${address}/embedding/?${new URLSearchParams({ document: documentId, ...query }).toString()}`,
      )
      await expect.poll(() => page.evaluate(() => window.handles.length)).toBeGreaterThan(0)
      return page
    })
  },
})

/**
 * What a browser has found out about the way to the server. Given to those that are opened later, so that only the first
 * ones of a test take the seconds that it needs.
 */
async function fallbackKnownTo(context: BrowserContext): Promise<BrowserContextOptions['storageState']> {
  const { origins } = await context.storageState()
  return {
    cookies: [],
    origins: origins.map(({ origin, localStorage }) => ({
      origin,
      localStorage: localStorage.filter(({ name }) => name.startsWith('cometpad:fallback:')),
    })),
  }
}

/** As strict as a page can be; the editor needs no inline style. */
const EMBEDDING_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    "default-src 'none'; img-src 'self'; script-src 'self'; style-src 'self'; connect-src 'self' ws:",
}
const EMBEDDING_PAGE =
  '<!doctype html><html lang="en"><title>Embedding</title><body><script type="module" src="/embedding/main.js"></script></body></html>'

export { expect }

/** Where one writes. Its name is that of the document. */
export function editorOf(page: Page): Locator {
  return page.getByRole('main').getByRole('textbox')
}

/** The words that say whether everything is saved. */
export function saveState(page: Page): Locator {
  return page.locator('.cometpad-save-words')
}

/** Which transport is in use. */
export function connectionLight(page: Page): Locator {
  return page.locator('.cometpad-connection')
}

/** The blocks of the document as a reader sees them: kind, text and formats. */
export async function contentOf(page: Page): Promise<string[]> {
  return editorOf(page).evaluate((root) =>
    Array.from(root.children, (block) => {
      const runs = Array.from(block.querySelectorAll('[data-lexical-text="true"]'), (run) => {
        const names = ['strong', 'em', 'code'].filter((name) => run.closest(name) !== null)
        return names.length > 0 ? `${names.join('+')}(${run.textContent})` : (run.textContent ?? '')
      })
      return `${block.tagName.toLowerCase()}: ${runs.join('|')}`
    }),
  )
}

export interface Shown {
  /** Text of each block, as the page shows it. */
  readonly page: readonly string[]
  /** The same, as the editor has it. */
  readonly editor: readonly string[]
  /** Kind, text and formats, to be compared with those of other pages. */
  readonly content: readonly string[]
}

/** What a page shows and what its editor holds. Lexical leaves itself on its element. */
export async function shownOn(page: Page): Promise<Shown> {
  const content = await contentOf(page)
  const texts = await editorOf(page).evaluate((root) => {
    interface Saved {
      readonly text?: string
      readonly children?: readonly Saved[]
    }
    const textOf = ({ text, children = [] }: Saved): string => text ?? children.map(textOf).join('')
    const { __lexicalEditor: editor } = root as unknown as {
      __lexicalEditor: { getEditorState(): { toJSON(): { root: Saved } } }
    }
    return {
      page: Array.from(root.children, (block) => block.textContent ?? ''),
      editor: (editor.getEditorState().toJSON().root.children ?? []).map(textOf),
    }
  })
  return { ...texts, content }
}

/** Waits until all pages show the same, and gives it. */
export async function sameEverywhere(pages: readonly Page[]): Promise<string[]> {
  let first: string[] = []
  await expect
    .poll(
      async () => {
        const [one, ...others] = await Promise.all(pages.map((page) => contentOf(page)))
        first = one ?? []
        return others.every((other) => JSON.stringify(other) === JSON.stringify(first))
      },
      { message: 'all pages show the same document', timeout: 60_000 },
    )
    .toBe(true)
  return first
}
