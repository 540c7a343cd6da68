import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CometpadProvider, browserEnvironment } from '@cometpad/provider'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import * as Y from 'yjs'
import { ServerProcess } from '../server-process.ts'
import { loadHistory } from './history.ts'

let folder = ''
let server: ServerProcess

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cometpad-trace-'))
  // Nobody types as fast as this.
  server = new ServerProcess(folder, {
    flags: ['--limits', 'messagesPerSecond=1000000,messageBurst=1000000'],
  })
  await server.start()
}, 180_000)

afterAll(async () => {
  await server.kill()
  await rm(folder, { recursive: true })
})

function connect(doc: Y.Doc): CometpadProvider {
  return new CometpadProvider({
    server: server.url,
    documentId: 'paper',
    doc,
    awareness: null,
    environment: browserEnvironment(WebSocket),
  })
}

async function until(
  provider: CometpadProvider,
  event: 'sync' | 'saved',
  holds: () => boolean,
): Promise<void> {
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (!holds()) return
      provider.off(event, look)
      resolve()
    }
    provider.on(event, look)
    look()
  })
}

async function bytesIn(path: string): Promise<number> {
  const files = await readdir(path, { withFileTypes: true, recursive: true })
  const sizes = await Promise.all(
    files
      .filter((file) => file.isFile())
      .map(async (file) => (await stat(join(file.parentPath, file.name))).size),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

test('[LG1] a paper of 260,000 keystrokes goes through the server and a newcomer opens it whole', async () => {
  const history = await loadHistory()
  const doc = new Y.Doc()
  const provider = connect(doc)
  const text = doc.getText('text')
  const begun = performance.now()
  let edits = 0
  for (const [position, deleted, inserted] of history.patches) {
    doc.transact(() => {
      if (deleted > 0) text.delete(position, deleted)
      if (inserted.length > 0) text.insert(position, inserted)
    })
    edits += 1
    // A person does not type further ahead than this either: the connection's own bounds do the rest.
    if (edits % 500 === 0) await until(provider, 'saved', () => provider.unsavedChanges < 1_000)
  }
  await until(provider, 'saved', () => provider.saved)
  const writeMs = performance.now() - begun
  const writeCpu = await server.cpuMs()
  expect(text.toJSON()).toBe(history.endContent)
  provider.destroy()

  await server.kill()
  await server.start()
  const cpuBefore = await server.cpuMs()
  const opened = performance.now()
  const fresh = new Y.Doc()
  const reader = connect(fresh)
  await until(reader, 'sync', () => reader.synced)
  const openMs = performance.now() - opened
  const openCpu = await server.cpuMs()
  expect(fresh.getText('text').toJSON()).toBe(history.endContent)
  reader.destroy()

  const disk = await bytesIn(folder)
  const state = Y.encodeStateAsUpdate(doc).length
  process.stdout.write(
    `${history.name}: ${edits} edits in ${(writeMs / 1000).toFixed(1)} s, ` +
      `server CPU ${writeCpu ?? '?'} ms; opened in ${openMs.toFixed(0)} ms, ` +
      `server CPU ${openCpu === undefined || cpuBefore === undefined ? '?' : openCpu - cpuBefore} ms; ` +
      `on disk ${(disk / 1024).toFixed(0)} KiB, one encoded state ${(state / 1024).toFixed(0)} KiB\n`,
  )
}, 300_000)
