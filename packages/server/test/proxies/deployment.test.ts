import { readFileSync } from 'node:fs'
import { limits } from '@cometpad/shared'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCommand } from '../command-line.ts'
import { RealServer } from '../real-server.ts'

const page = readFileSync(new URL('../../../../docs/deployment.md', import.meta.url), 'utf8')
const commands = page.split('\n').filter((line) => line.startsWith('cometpad doctor '))
let server: RealServer

beforeAll(async () => {
  server = await RealServer.start({ origins: ['https://www.example.org'] })
})

afterAll(async () => {
  await server.close()
})

describe('docs/deployment.md', () => {
  it('has the figures of the server', () => {
    const rows = Array.from(page.matchAll(/\| (\d+) \| `(\w+)` \|/g), ([, figure, name]) => [
      name,
      Number(figure),
    ])
    expect(rows.length).toBeGreaterThan(0)
    expect(rows).toEqual(rows.map(([name]) => [name, limits[name as keyof typeof limits]]))
  })

  it('shows commands', () => {
    expect(commands).toHaveLength(3)
  })

  it.each(commands)('[DC4] shows a command that works: %s', async (command) => {
    const [, ...words] = command.replaceAll('https://pad.example.org', server.url).split(' ')
    // A shorter silence than people try.
    const { code, err } = await runCommand([...words, '--hold', '1'])
    expect(err).toBe('')
    expect(code).toBe(0)
  })
})
