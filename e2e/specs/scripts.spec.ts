/**
 * Nothing that somebody writes runs: in texts, links, names and titles, pasted or imported, under the policy that the server sends
 * with every page. In normal use that policy is never crossed.
 */
import type { Page } from '@playwright/test'
import { contentOf, editorOf, expect, saveState, test } from '../fixtures.ts'
import { payloads } from '../payloads.ts'

/** What a payload leaves open swallows those behind it, which would prove nothing. */
const CLOSED =
  '</textarea></select></title></style></script></template></noscript></iframe></xmp></svg></math></noembed></object></video></audio>'

declare global {
  interface Window {
    /** Numbers of the payloads that have run. */
    executed: number[]
    ran: (number: number) => void
    /** What the policy has forbidden. */
    violations: string[]
  }
}

/** In every page from its beginning on. */
async function watch(page: Page): Promise<void> {
  await page.addInitScript(() => {
    window.executed = []
    window.violations = []
    window.ran = (number) => void window.executed.push(number)
    addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI, sample }) =>
      window.violations.push(`${effectiveDirective} ${blockedURI} ${sample}`),
    )
  })
}

async function expectNothingRan(page: Page): Promise<void> {
  // What waits for an image that is not there, or for a frame, has had its time.
  await page.evaluate(async () => {
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 100)))
  })
  expect(await page.evaluate(() => window.executed)).toEqual([])
  // None of ours has even tried: a policy that has to help is no proof of a sanitiser.
  expect(await page.evaluate(() => window.violations)).toEqual([])
  const bad =
    'script, iframe, object, embed, svg *[onload], [onerror], [onload], [onfocus], form[action], a[href^="javascript" i], a[href^="data" i]'
  expect(await editorOf(page).locator(bad).count()).toBe(0)
  for (const href of await editorOf(page)
    .locator('a')
    .evaluateAll((all) => all.map((each) => (each as HTMLAnchorElement).href)))
    expect(href).toMatch(/^(?:https?|mailto):/)
}

test('[CO6, AC6] none of many payloads runs, wherever it comes in', async ({
  newPage,
  address,
  server,
  documentId,
}) => {
  expect(new Set(payloads.map(({ text }) => text)).size).toBeGreaterThanOrEqual(150)
  const everything = payloads.map(({ text }) => text)
  const page = await newPage()
  await watch(page)
  const write = async (type: string, data: string): Promise<void> => {
    const headers = { 'content-type': type }
    const answer = await fetch(`${server.url}/v1/content/${documentId}`, {
      method: 'PUT',
      headers,
      body: data,
    })
    expect(answer.status, type).toBeLessThan(300)
  }
  await fetch(`${server.url}/v1/documents`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ documentId, title: everything[0] }),
  })
  await page.goto(`${address}/d/${documentId}`)
  await expect(saveState(page)).toHaveText('Saved')

  // Imported, while somebody looks.
  await write('text/html', everything.map((text) => `<p>${text}${CLOSED}</p>`).join('\n'))
  await expect(editorOf(page).locator('> *').nth(20)).toBeVisible()
  await expectNothingRan(page)
  await write('text/markdown', everything.join('\n\n'))
  await expect(editorOf(page)).toContainText('{{constructor')
  await expectNothingRan(page)
  await write('text/plain', everything.join('\n\n'))
  await expect(editorOf(page)).toContainText('<svg onload=')
  await expectNothingRan(page)
  await write(
    'application/json',
    JSON.stringify({
      root: {
        type: 'root',
        version: 1,
        children: everything.map((url) => ({
          type: 'paragraph',
          version: 1,
          children: [{ type: 'link', version: 1, url, children: [{ type: 'text', version: 1, text: url }] }],
        })),
      },
    }),
  )
  await expectNothingRan(page)

  // Pasted, as HTML and as Lexical's own; and into a document that then is read anew.
  await write('text/plain', 'start')
  await expect(editorOf(page)).toHaveText('start')
  await editorOf(page).click()
  await editorOf(page).evaluate((target, texts) => {
    for (const type of ['text/html', 'text/plain']) {
      // As text it is one thing like another; as HTML each is read in its own way.
      for (const text of type === 'text/html' ? texts : texts.slice(0, 40)) {
        const clipboardData = new DataTransfer()
        clipboardData.setData(type, text)
        target.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
      }
    }
    const clipboardData = new DataTransfer()
    const nodes = texts.map((url) => ({
      type: 'link',
      version: 1,
      url,
      rel: null,
      target: null,
      title: null,
      direction: null,
      format: '',
      indent: 0,
      children: [
        {
          type: 'text',
          version: 1,
          text: 'x',
          detail: 0,
          format: 0,
          mode: 'normal',
          style: 'background:url(javascript:ran(1))',
        },
      ],
    }))
    clipboardData.setData('application/x-lexical-editor', JSON.stringify({ namespace: 'cometpad', nodes }))
    target.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
  }, everything)
  await expect(saveState(page)).toHaveText('Saved')
  // Chromium reports what it reads apart from any page, where nothing can run; whatever has come into the text is seen below.
  await page.evaluate(() => {
    window.violations = []
  })
  await expectNothingRan(page)
  await page.reload()
  await expect(saveState(page)).toHaveText('Saved')
  await expectNothingRan(page)

  // Names and titles, in the page itself, in its list, in what it says of the others.
  await write('text/plain', 'names')
  await expect(editorOf(page)).toHaveText('names')
  const other = await newPage()
  await watch(other)
  await other.goto(`${address}/d/${documentId}`)
  await expect(saveState(other)).toHaveText('Saved')
  for (const text of everything.filter((_, index) => index % 12 === 0)) {
    await fetch(`${server.url}/v1/documents/${documentId}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ title: text }),
    })
    await other.evaluate((name) => {
      const key = 'cometpad.user'
      const identity = JSON.parse(localStorage.getItem(key) ?? '') as object
      localStorage.setItem(key, JSON.stringify({ ...identity, name }))
      dispatchEvent(new StorageEvent('storage', { key, newValue: localStorage.getItem(key) }))
    }, text)
  }
  await editorOf(other).click()
  await other.keyboard.type('here')
  await expect(page.locator('.cometpad-cursors')).toContainText(/\S/)
  await expectNothingRan(page)
  await expectNothingRan(other)
  await page.goto(`${address}/`)
  await expect(page.getByRole('main')).toContainText('ran(')
  expect(await page.evaluate(() => [window.executed, window.violations])).toEqual([[], []])
})

test('a payload that gets past the sanitiser is seen to run, and the policy holds it back', async ({
  newPage,
  address,
  documentId,
}) => {
  const page = await newPage({ bypassCSP: true })
  await watch(page)
  await page.goto(`${address}/d/${documentId}`)
  await expect(saveState(page)).toHaveText('Saved')
  const put = (text: string): Promise<void> =>
    page.evaluate((html) => {
      const place = document.createElement('div')
      place.innerHTML = html
      document.body.append(place)
    }, text)
  await put(payloads[0]?.text ?? '')
  await expect.poll(() => page.evaluate(() => window.executed)).toEqual([0])

  const guarded = await newPage()
  await watch(guarded)
  await guarded.goto(`${address}/d/${documentId}`)
  await expect(saveState(guarded)).toHaveText('Saved')
  await guarded.evaluate((html) => {
    const place = document.createElement('div')
    place.innerHTML = html
    document.body.append(place)
  }, payloads[0]?.text ?? '')
  await expect.poll(() => guarded.evaluate(() => window.violations.length)).toBeGreaterThan(0)
  expect(await guarded.evaluate(() => window.executed)).toEqual([])
})

test('in normal use the policy is never crossed: tools, a table, a link, sharing, carets', async ({
  newPage,
  address,
  documentId,
}) => {
  const [ana, ben] = [await newPage(), await newPage()]
  for (const page of [ana, ben]) {
    await watch(page)
    await page.goto(`${address}/d/${documentId}`)
    await expect(saveState(page)).toHaveText('Saved')
  }
  await editorOf(ana).click()
  await ana.keyboard.type('# Title')
  await ana.keyboard.press('Enter')
  for (const name of ['Bold', 'Italic', 'Underline', 'Strikethrough', 'Code']) {
    await ana.getByRole('button', { name, exact: true }).click()
    await ana.keyboard.type(name)
  }
  await ana.keyboard.press('ControlOrMeta+k')
  await ana.keyboard.type('example.org')
  await ana.keyboard.press('Enter')
  await editorOf(ana).evaluate((target) => {
    const clipboardData = new DataTransfer()
    clipboardData.setData(
      'text/html',
      '<table><tr><td>one</td><td>two</td></tr></table><ul><li>item</li></ul>',
    )
    target.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
  })
  await expect(editorOf(ben)).toContainText('two')
  await editorOf(ben).click()
  await ben.keyboard.type('hello')
  await expect(ana.locator('.cometpad-cursors')).toContainText(/\S/)
  await ben
    .getByRole('button', { name: /people here|person here/ })
    .first()
    .click()
  await ben.keyboard.press('Escape')
  await ana.locator('.cometpad-light').click()
  await ana.keyboard.press('Escape')
  await ana.goto(`${address}/`)
  await expect(ana.getByRole('main')).toBeVisible()
  for (const page of [ana, ben]) expect(await page.evaluate(() => window.violations)).toEqual([])
  expect((await contentOf(ben)).join()).toContain('Bold')
})
