/** docs/provider.md against what it tells of: its snippet runs, and its tables are whole. */
import { readFile, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type {
  CometpadProvider,
  Keeping,
  NoTransportReason,
  TransportOption,
  TransportReason,
} from '@cometpad/provider'
import { limits } from '@cometpad/shared'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { RealServer } from './real-server.ts'

const WAIT = { timeout: 60_000, interval: 20 }
/** Beside this test, from where the names in the snippet lead somewhere. */
const file = fileURLToPath(new URL('snippet-of-the-provider-page.mjs', import.meta.url))

let page: string
let real: RealServer

beforeAll(async () => {
  page = await readFile(new URL('../../../docs/provider.md', import.meta.url), 'utf8')
  real = await RealServer.start()
})

afterAll(async () => {
  await real.close()
  await rm(file, { force: true })
})

/** The words that begin the rows of the table with this first heading, each with its second column. */
function rowsOf(heading: string): Record<string, string> {
  const [, table = ''] = page.split(`| ${heading} |`)
  const [rows = ''] = table.split('\n\n')
  return Object.fromEntries(
    Array.from(rows.matchAll(/^\| `([a-z-]+)`[^|]*\| ([^|]+) \|/gm), ([, word = '', second = '']) => [
      word,
      second,
    ]),
  )
}

test('the snippet connects, and tells of the transport', async () => {
  const code = /```ts\n(.*?)```/s.exec(page)?.[1] ?? ''
  await writeFile(file, `${code.replaceAll('http://127.0.0.1:4400', real.url)}\nexport { provider }\n`)
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  const { provider }: { provider: CometpadProvider } = await import(pathToFileURL(file).href)
  try {
    await expect.poll(() => provider.synced, WAIT).toBe(true)
    // The content may have come by a catch-up, before any transport is in use.
    await expect.poll(() => provider.transportState.transport, WAIT).toBeDefined()
    const { transport, reason } = provider.transportState
    expect(rowsOf('Reason')[reason]).toBe('yes')
    expect(log.mock.calls).toContainEqual([transport, reason])
  } finally {
    provider.destroy()
    log.mockRestore()
  }
})

test('[OF2, OF8] it says of every state whether unsaved edits survive, and how much a device keeps', () => {
  const survives: Record<Keeping['state'], string> = {
    kept: 'yes',
    writing: 'not yet',
    opening: 'not yet',
    failed: 'no;',
    off: 'no:',
  }
  const rows = rowsOf('State')
  expect(Object.keys(rows)).toEqual(Object.keys(survives))
  for (const [state, start] of Object.entries(survives)) expect(rows[state]).toMatch(new RegExp(`^${start}`))
  const mebi = (bytes: number): string => `${bytes / 2 ** 20} MiB`
  expect(page.replaceAll('\n', ' ')).toContain(
    `at most ${limits.offlineDocuments} documents and ${mebi(limits.offlineBytes)}, and ${mebi(limits.offlineDocumentBytes)} of one`,
  )
})

test('it names every value of the option, and every reason', () => {
  // A word that the types gain or lose does not compile here.
  const options: Record<Extract<TransportOption, string>, true> = {
    auto: true,
    ws: true,
    stream: true,
    poll: true,
  }
  const travelling: Record<TransportReason, 'yes'> = {
    best: 'yes',
    chosen: 'yes',
    'ws-missing': 'yes',
    remembered: 'yes',
    'ws-failed': 'yes',
    'ws-silent': 'yes',
    'ws-unstable': 'yes',
    'stream-buffered': 'yes',
    'stream-failed': 'yes',
  }
  const waiting: Record<NoTransportReason, 'no'> = {
    connecting: 'no',
    unreachable: 'no',
    disconnected: 'no',
    stopped: 'no',
  }
  expect(Object.keys(rowsOf('`transport`'))).toEqual(Object.keys(options))
  expect(rowsOf('Reason')).toEqual({ ...travelling, ...waiting })
})
