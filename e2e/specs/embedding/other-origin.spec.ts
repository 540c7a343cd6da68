/**
 * The editor in the pages of another site: a real HTTP server on a port of its own. One that is listed may use the sync
 * server whichever way edits travel; one that is not gets nothing, and says so.
 */
import { once } from 'node:events'
import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { Locator, Page } from '@playwright/test'
import { connectionLight, expect, saveState, test as base } from '../../fixtures.ts'
import { Site } from '../../site.ts'

interface Sites {
  site: Site
  /** Looks the same, and is not listed. */
  stranger: Site
}

const test = base.extend<Sites>({
  // oxlint-disable-next-line no-empty-pattern -- see fixtures.ts
  site: async ({}, use) => {
    const site = await Site.start()
    await use(site)
    await site.stop()
  },
  // oxlint-disable-next-line no-empty-pattern -- see fixtures.ts
  stranger: async ({}, use) => {
    const site = await Site.start()
    await use(site)
    await site.stop()
  },
  origins: async ({ site }, use) => {
    await use([site.origin])
  },
})

for (const transport of ['ws', 'stream', 'poll'] as const) {
  test.describe(`over ${transport}`, () => {
    test.use({ transport })

    test('[OR2, SY1, PR4] two pages of another site write in one document', async ({
      site,
      address,
      newPage,
      documentId,
    }) => {
      const ana = await newPage()
      const ben = await newPage()
      const forbidden: string[] = []
      for (const page of [ana, ben])
        page.on('console', (line) => {
          if (line.text().includes('Content Security Policy')) forbidden.push(line.text())
        })
      await ana.goto(site.page(address, documentId, { name: 'Ana' }))
      await ben.goto(site.page(address, documentId, { name: 'Ben', door: 'element' }))
      const pages = [ana, ben]
      for (const page of pages) {
        await expect(saveState(page)).toHaveText('Saved')
        await expect(connectionLight(page)).toHaveAttribute('data-light', transport)
      }

      await textOf(ana).click()
      await ana.keyboard.type('From Ana.')
      await expect(textOf(ben)).toHaveText('From Ana.')
      await textOf(ben).click()
      await ben.keyboard.press('ControlOrMeta+End')
      await ben.keyboard.press('Enter')
      await ben.keyboard.type('From Ben.')
      await expect(textOf(ana).locator('p')).toHaveText(['From Ana.', 'From Ben.'])
      // Now both at once.
      await ana.keyboard.press('ControlOrMeta+Home')
      const [above, below] = ['Above. ', ' Below.']
      await Promise.all([ana.keyboard.type(above), ben.keyboard.type(below)])
      for (const page of pages) {
        await expect(textOf(page).locator('p')).toHaveText([`${above}From Ana.`, `From Ben.${below}`])
        await expect(saveState(page)).toHaveText('Saved')
        await expect(page.getByRole('button', { name: '2 people here' })).toBeVisible()
      }
      await expect(ana.locator('.cometpad-cursor-name')).toHaveText('Ben')
      expect(forbidden).toEqual([])
    })
  })
}

test.describe('over poll', () => {
  test.use({ transport: 'poll' })

  test('[OR4] the browser asks for leave once, and not again with every request', async ({
    site,
    address,
    faults,
    newPage,
    documentId,
  }) => {
    const page = await newPage()
    await page.goto(site.page(address, documentId))
    await expect(saveState(page)).toHaveText('Saved')
    await textOf(page).click()
    const write = async (text: string): Promise<void> => {
      await page.keyboard.type(text)
      await expect(saveState(page)).toHaveText(/Saving|Saved/)
      await expect.poll(() => page.evaluate(() => window.handles[0]?.status.pendingChanges)).toBe(0)
    }
    // Every kind of request has its own leave: the first poll that says what it has seen of presence, the first edit.
    await write('one ')
    await write('two ')
    await expect(connectionLight(page)).toHaveAttribute('data-light', 'poll')
    const before = faults.passed.length
    for (const text of ['three ', 'four ', 'five ']) await write(text)
    const since = faults.passed.slice(before)
    expect(since.filter((method) => method === 'POST').length).toBeGreaterThanOrEqual(3)
    expect(since).not.toContain('OPTIONS')
  })
})

test('[OR2] a page of a listed site reads why something was refused', async ({
  site,
  server,
  newPage,
  documentId,
}) => {
  const page = await newPage()
  await page.goto(site.page(server.url, documentId))
  const read = await page.evaluate(
    async ([url = '', path = '']) => {
      const answer = await fetch(`${url}${path}`, { headers: { 'cometpad-position': 'x' } })
      return { status: answer.status, body: await answer.text() }
    },
    [server.url, '/v1/documents/never-made'],
  )
  expect(read.status).toBe(404)
  expect(read.body).toContain('"code":"DOCUMENT_NOT_FOUND"')
})

test('[CH2] a page whose policy forgets WebSockets edits all the same', async ({
  site,
  server,
  newPage,
  documentId,
}) => {
  const page = await newPage()
  await page.route(`${site.origin}/?*`, async (route) => {
    const answer = await route.fetch()
    const { 'content-security-policy': policy = '', ...headers } = answer.headers()
    await route.fulfill({
      response: answer,
      headers: { ...headers, 'content-security-policy': policy.replace(/ wss?:\S+/, '') },
    })
  })
  await page.goto(site.page(server.url, documentId))
  await expect(connectionLight(page)).toHaveAttribute('data-light', 'stream')
  await textOf(page).click()
  await page.keyboard.type('Without one.')
  await expect(saveState(page)).toHaveText('Saved')
  await expect(textOf(page)).toHaveText('Without one.')
})

for (const door of ['function', 'element']) {
  test(`[OR1, OR5] a page that is not listed says so in its editor, made by ${door}`, async ({
    stranger,
    server,
    newPage,
    documentId,
  }) => {
    const page = await newPage()
    const refusedSockets: string[] = []
    page.on('websocket', (socket) => socket.on('socketerror', (error) => refusedSockets.push(error)))
    await page.goto(stranger.page(server.url, documentId, { door }))
    const words = page.getByRole('alert').locator('.cometpad-notice-words')
    await expect(words).toBeVisible()
    await expect(words).toHaveText(
      'Can’t connect: This page may not use this server. The operator can add its origin to COMETPAD_ORIGINS.',
    )
    await expect(textOf(page)).toHaveAttribute('contenteditable', 'false')
    await expect(connectionLight(page)).toHaveAttribute('data-light', 'none')

    const opened = await page.evaluate(
      (url) =>
        new Promise<string>((resolve) => {
          const socket = new WebSocket(url)
          socket.addEventListener('open', () => resolve('opened'))
          socket.addEventListener('close', ({ code }) => resolve(`closed with ${code}`))
        }),
      `${server.url.replace('http', 'ws')}/v1/ws/${documentId}`,
    )
    expect(opened).toBe('closed with 1006')
    expect(refusedSockets.join('\n')).toContain('403')
  })
}

test('[OR1] and nothing is done for it', async ({ site, stranger, server, documentId }) => {
  const asked = [
    ['GET', `/v1/yjs/docs/${documentId}`, {}],
    ['POST', `/v1/yjs/docs/${documentId}`, {}],
    ['PUT', `/v1/yjs/docs/${documentId}`, {}],
    ['GET', `/v1/ws/${documentId}`, UPGRADE],
  ] as const
  for (const [method, path, headers] of asked) {
    const status = await ask(server.url, method, path, { ...headers, origin: stranger.origin })
    expect(status, `${method} ${path}`).toBe(403)
  }
  const documents = async (): Promise<string> => (await fetch(`${server.url}/v1/documents`)).text()
  expect(await documents()).not.toContain(documentId)
  // The same requests of the site that is listed.
  expect(await ask(server.url, 'PUT', `/v1/yjs/docs/${documentId}`, { origin: site.origin })).toBe(201)
  expect(await ask(server.url, 'GET', `/v1/ws/${documentId}`, { ...UPGRADE, origin: site.origin })).toBe(101)
  expect(await documents()).toContain(documentId)
})

const UPGRADE = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'MDEyMzQ1Njc4OWFiY2RlZg==',
} as const

/** The status of the answer; of an upgrade too. */
async function ask(
  server: string,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<number | undefined> {
  const asking = request(`${server}${path}`, { method, headers, agent: false })
  asking.end()
  const answered = once(asking, 'response')
  const upgraded = once(asking, 'upgrade')
  const [answer] = (await Promise.race([answered, upgraded])) as [IncomingMessage]
  answer.socket.destroy()
  return answer.statusCode
}

/** Where one writes: the embedding page has no other landmark. */
function textOf(page: Page): Locator {
  return page.getByRole('textbox')
}
