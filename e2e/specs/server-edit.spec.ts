/** Programs that edit a document over HTTP while a person types in it. */
import { contentOf, editorOf, expect, saveState, test } from '../fixtures.ts'

test('[CO3, CO4] what a program writes shows at once, and whoever is typing goes on typing where they were', async ({
  open,
  request,
  server,
  documentId,
}) => {
  const content = `${server.url}/v1/content/${documentId}`
  const headers = { 'content-type': 'text/markdown' }
  const made = await request.put(content, { headers, data: '# Log\n\nAda: \n\nstate: idle\n' })
  expect(made.status()).toBe(201)

  const ada = await open(documentId)
  await editorOf(ada.page).getByText('Ada:').click()
  await ada.page.keyboard.press('End')
  const words = ' the quick brown fox jumps over the lazy dog, and does so again, 0123456789.'
  const typing = ada.page.keyboard.type(words, { delay: 60 })
  let isTyping = true
  void typing.then(() => (isTyping = false))

  // Below her, above her, and in a line that others have.
  let edits = 0
  for (const state of ['busy', 'done', 'idle', 'busy', 'done']) {
    const added = await request.post(content, { headers, data: `- step ${edits}\n` })
    expect(added.status()).toBe(204)
    await expect(async () => {
      const read = await request.get(content)
      const now = await read.text()
      const data = now.replace(/state: \w+/, `state: ${state}`).replace(/^# .*/, `# Log, ${state}`)
      const tag = read.headers()['etag'] ?? ''
      const written = await request.put(content, { headers: { ...headers, 'if-match': tag }, data })
      // She was faster: read again, and change that.
      expect(written.status()).toBe(204)
    }).toPass({ timeout: 30_000, intervals: [0, 20, 50] })
    if (isTyping) edits += 1
  }
  await typing
  expect(edits).toBeGreaterThan(0)

  await expect(saveState(ada.page)).toHaveText('Saved')
  await expect(editorOf(ada.page)).toContainText('state: done')
  const shown = await contentOf(ada.page)
  expect(shown.slice(0, 3)).toEqual(['h1: Log, done', `p: Ada:${words}`, 'p: state: done'])
  // The caret is where it was, and so is undo.
  await ada.page.keyboard.type('!')
  await expect(editorOf(ada.page)).toContainText(`Ada:${words}!`)
  await expect(saveState(ada.page)).toHaveText('Saved')
  const text = await (await request.get(`${content}?format=text`)).text()
  expect(text).toContain(`Ada:${words}!`)
  for (let step = 0; step < 5; step += 1) expect(text.split('step ').length).toBe(6)
})
