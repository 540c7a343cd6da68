/**
 * Somebody types and leaves in the same moment. What was typed last is on the server all the same, whoever opens the
 * document next, and the others do not see somebody who is gone.
 */
import type { Page } from '@playwright/test'
import { expect, test } from '../fixtures.ts'

/** Well below the time after which the server takes those for gone who say nothing more. */
const GONE = { timeout: 15_000 }

const ways: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
  'goes to another page': (page) => page.goto('about:blank'),
  'closes the tab': (page) => page.close({ runBeforeUnload: true }),
}

for (const transport of ['ws', 'stream', 'poll'] as const)
  test.describe(`over ${transport}`, () => {
    // Nothing of it is acknowledged when the page goes.
    test.use({ transport, lagMs: 200 })

    test('[CH11, PR3] what somebody types and leaves at once is stored, and they are gone', async ({
      newPage,
      open,
      documentId,
      server,
    }) => {
      const ben = await newPage()
      await ben.goto(`${server.url}/d/${documentId}`)
      const others = ben.locator('.cometpad-people-list li')
      for (const [way, leave] of Object.entries(ways)) {
        const { page } = await open(documentId)
        // Where the device has not kept it yet, a person is asked, and goes.
        page.on('dialog', (dialog) => void dialog.accept())
        await expect(others).toHaveCount(1)
        await page.getByRole('main').getByRole('textbox').click()
        await page.keyboard.press('ControlOrMeta+End')
        await page.keyboard.press('Enter')
        await page.keyboard.type(`Who ${way} has said this.`)
        await leave(page)
        await expect(others).toHaveCount(0, GONE)
        await expect.poll(() => server.blocksOf(documentId), GONE).toContain(`Who ${way} has said this.`)
      }
    })
  })
