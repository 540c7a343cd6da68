/** Runs the pages that show HTTP with `curl` from top to bottom, and holds what comes out against what they say. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { RealServer } from './real-server.ts'

const run = promisify(execFile)
/** Parts what one step prints from what the next one does. */
const MARK = '--- next ---'

it.each(['http-sync', 'content'])(
  'every command of docs/%s.md prints what the page says',
  async (name) => {
    const page = fileURLToPath(new URL(`../../../docs/${name}.md`, import.meta.url))
    const text = await readFile(page, 'utf8')
    const steps = Array.from(
      text.matchAll(/```sh\n(.*?)```\n\n```text\n(.*?)```/gs),
      ([, command = '', printed = '']) => ({
        command,
        printed,
      }),
    )
    expect(steps.length).toBe(text.match(/```sh\n/g)?.length)
    const server = await RealServer.start()
    const folder = await mkdtemp(join(tmpdir(), 'cometpad-http-sync-'))
    try {
      const script = steps.map(({ command }) => command).join(`\necho '${MARK}'\n`)
      const { stdout } = await run('bash', ['-euc', script], {
        cwd: folder,
        env: { ...process.env, PAD: server.url },
        timeout: 60_000,
      })
      expect(stdout.split(`${MARK}\n`)).toEqual(steps.map(({ printed }) => printed))
    } finally {
      await server.close()
      await rm(folder, { recursive: true })
    }
  },
  90_000,
)
