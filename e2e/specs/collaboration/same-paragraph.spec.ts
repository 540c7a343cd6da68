/**
 * Two people type as fast as keys can come, in the same paragraph, with Enter and bold in between. Every character is
 * one of a kind and looked for afterwards: on both screens, in both editors, on a third screen, and in what is stored.
 */
import { expect, test } from '../../fixtures.ts'
import { TypingRounds, agree } from '../../typing-rounds.ts'

/** Of each kind in each browser; docs/testing.md. The other transports carry the same edits, and play half of them. */
const ROUNDS = Number(process.env['TEST_TYPING_ROUNDS'] ?? 10)

// Snapshots of every key would take most of the time.
test.use({ trace: { mode: 'retain-on-failure', snapshots: false, screenshots: false, sources: false } })

for (const lagMs of [0, 40]) {
  test.describe(`with ${lagMs} ms to the server`, () => {
    test.use({ lagMs })

    test('[SY1] no character is lost or doubled in many rounds in one paragraph', async ({
      open,
      documentId,
      transport,
    }) => {
      const count = transport === 'ws' ? ROUNDS : Math.ceil(ROUNDS / 2)
      // Idle, a round takes seconds; a busy machine may take its time.
      test.setTimeout(120_000 + count * 60_000)
      const [ana, ben, cleo] = await Promise.all([open(documentId), open(documentId), open(documentId)])
      const rounds = new TypingRounds(documentId, [ana.page, ben.page, cleo.page])
      for (let round = 0; round < count; round += 1) await rounds.play()
      const kept = await agree([ana.page, ben.page, cleo.page])
      const dora = await open(documentId)
      expect((await agree([ana.page, dora.page])).content).toEqual(kept.content)
    })
  })
}
