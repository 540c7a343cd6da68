/**
 * The way to the server changes in the middle of typing, while two people write in one paragraph: WebSockets are refused,
 * answers are held back, everything is cut. Every character is looked for afterwards; all the time what is called saved has
 * to be stored, and the light has to tell the truth.
 */
import { setTimeout as after } from 'node:timers/promises'
import type { Page } from '@playwright/test'
import { connectionLight, expect, saveState, test } from '../fixtures.ts'
import type { Shown } from '../fixtures.ts'
import { SaveWitness } from '../save-witness.ts'
import { TypingRounds } from '../typing-rounds.ts'

/** With a fault in the middle of each. */
const ROUNDS = 3
/** How long the longest cut lasts. */
const CUT_MS = 20_000
/** And the one after it, which ends while people still type. */
const SHORT_CUT_MS = 300
/** A client that was away for long waits for some seconds between its tries. */
const BACK = { timeout: 45_000 }

interface Session {
  readonly pages: readonly [Page, Page]
  readonly rounds: TypingRounds
  readonly witness: SaveWitness
  /** Once saved is said the server may be killed: what was shown is there. */
  expectKept: (shown: Shown | undefined) => Promise<void>
}

const people = test.extend<{ session: Session }>({
  session: async ({ open, documentId, server }, use) => {
    const [ana, ben] = await Promise.all([open(documentId), open(documentId)])
    const pages = [ana.page, ben.page] as const
    const witness = await SaveWitness.watch(server, documentId, pages)
    await use({
      pages,
      rounds: new TypingRounds(documentId, pages),
      witness,
      expectKept: async (shown) => {
        await server.kill()
        await server.start()
        expect(await server.blocksOf(documentId)).toEqual(shown?.page)
      },
    })
  },
})

people.use({
  // What is called saved when it is only on its way is caught on its way.
  lagMs: 100,
  // Snapshots of every key would take most of the time.
  trace: { mode: 'retain-on-failure', snapshots: false, screenshots: false, sources: false },
})

for (const { title, light } of [
  { title: '[CH2, CH4, CL1, AK8, SY1] WebSockets are refused in the middle of typing', light: 'stream' },
  { title: '[CH3, CH4, CL1, AK8, SY1] and answers are held back as well', light: 'poll' },
])
  people(title, async ({ faults, session }) => {
    const { pages, rounds, witness, expectKept } = session
    let shown: Shown | undefined
    for (let round = 0; round < ROUNDS; round += 1) {
      if (shown !== undefined) {
        faults.refusesUpgrades = false
        faults.buffersAnswers = false
        for (const page of pages) await page.evaluate(() => dispatchEvent(new Event('online')))
        await expectLight(pages, 'ws')
        expect(await witness.lights()).toEqual(pages.map(() => [light, 'ws']))
      }
      await rounds.begin()
      await rounds.type(() => {
        faults.buffersAnswers = light === 'poll'
        faults.refuseUpgradesFromNowOn()
      })
      await expectLight(pages, light)
      shown = await rounds.finish()
      expect(await witness.lights()).toEqual(pages.map(() => ['ws', 'none', light]))
    }
    await witness.expectTruth()
    await expectKept(shown)
  })

people(
  '[CH5, CL1, AK8, SY1] everything is cut for 20 seconds',
  async ({ faults, session, server, documentId }) => {
    const { pages, rounds, witness, expectKept } = session
    await rounds.begin()
    let cut: Promise<string[]> = Promise.resolve([])
    await rounds.type(() => {
      faults.cut()
      cut = after(CUT_MS).then(() => server.blocksOf(documentId))
    })
    for (const page of pages)
      await expect(saveState(page)).toHaveText(/^Offline, \d+ changes kept on this device$/)
    await expectLight(pages, 'none')
    expect((await cut).join('')).not.toMatch(/z/i)
    expect(await witness.lights()).toEqual(pages.map(() => ['ws', 'none']))
    faults.mend()
    // An outage is held against no transport.
    await expectLight(pages, 'ws')
    await rounds.finish()
    const shown = await rounds.play(() => {
      faults.cut()
      setTimeout(() => faults.mend(), SHORT_CUT_MS)
    })
    await witness.expectTruth()
    await expectLight(pages, 'ws')
    await expectKept(shown)
  },
)

people('[CH5, SY1] a restart of the server makes nobody fall back', async ({ session, server }) => {
  const { pages, rounds, witness, expectKept } = session
  await rounds.begin()
  let stopped = Promise.resolve()
  await rounds.type(() => {
    stopped = server.stop()
  })
  await stopped
  await expectLight(pages, 'none')
  await server.start()
  await expectLight(pages, 'ws')
  const shown = await rounds.finish()
  expect(await witness.lights()).toEqual(pages.map(() => ['ws', 'none', 'ws']))
  await expectKept(shown)
})

async function expectLight(pages: readonly Page[], light: string): Promise<void> {
  for (const page of pages) await expect(connectionLight(page)).toHaveAttribute('data-light', light, BACK)
}
