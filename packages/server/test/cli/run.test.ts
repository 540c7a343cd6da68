import { readFileSync } from 'node:fs'
import { CometpadError, errorTable } from '@cometpad/shared'
import { describe, expect, it } from 'vitest'
import { UsageError } from '../../src/cli/command.ts'
import type { Command } from '../../src/cli/command.ts'
import { commands } from '../../src/cli/commands.ts'
import { exitRows } from '../../src/cli/exit-codes.ts'
import { runCommand as run } from '../command-line.ts'

function failing(cause: unknown): Command[] {
  return [{ name: 'fail', summary: 'fails', help: () => 'help', run: () => Promise.reject(cause) }]
}

describe('the command line', () => {
  it('[CM1] lists every command with one line, for --help, help and no word at all', async () => {
    for (const argv of [['--help'], ['-h'], ['help'], []]) {
      const { code, out, err } = await run(argv)
      expect(code).toBe(0)
      expect(err).toBe('')
      for (const { name, summary } of commands)
        expect(out).toMatch(new RegExp(`^  ${name} +${summary}$`, 'm'))
    }
  })

  it.each(commands)('[CM1] shows the help of $name in both ways, with its usage first', async ({ name }) => {
    const asked = await run(['help', name])
    expect(asked).toMatchObject({ code: 0, err: '' })
    expect(asked.out).toMatch(new RegExp(`^Usage: cometpad ${name}`))
    expect(await run([name, '--help'])).toEqual(asked)
  })

  it('[CM5] has --quiet and --json on every command of docs/operations.md, and on each that is there but serve', () => {
    const page = readFileSync(new URL('../../../../docs/operations.md', import.meta.url), 'utf8')
    const listed = Array.from(page.matchAll(/^\| (`.*?) \|/gm), ([, cell = '']) => cell)
      .flatMap((cell) => Array.from(cell.matchAll(/`([a-z]+)/g), ([, name = '']) => name))
      .filter((name) => commands.some((command) => command.name === name))
    const others = commands.filter(({ name }) => name !== 'serve')
    expect(new Set(listed)).toEqual(new Set(others.map(({ name }) => name)))
    for (const { name, help } of others) {
      const usages = help().split('Usage:').slice(1)
      for (const usage of usages) expect(usage, name).toMatch(/--json .*\n *--quiet/)
    }
  })

  it('[CM2] says what is known when a command is not', async () => {
    const { code, out, err } = await run(['sevre'])
    expect(code).toBe(64)
    expect(out).toBe('')
    expect(err).toMatch(/^cometpad: There is no command "sevre"\. Known are: serve.*\n$/)
  })

  it.each([
    ['an error of the table', new CometpadError('DATA_LOCKED', { detail: './data.' }), 75],
    ['an error without an exit code', new CometpadError('DOCUMENT_NOT_FOUND'), 1],
    ['a wrong command line', new UsageError('The flag --to needs a value.'), 64],
    ['a bug', new TypeError('x is\n  not a function'), 1],
    ['something that is no error', 'why', 1],
  ])('[CM2] ends %s with one line and its code', async (_, cause, expected) => {
    const { code, out, err } = await run(['fail'], failing(cause))
    expect(code).toBe(expected)
    expect(out).toBe('')
    expect(err).toMatch(/^cometpad: [^\n]+\n$/)
    expect(err).not.toMatch(/ at .*:\d+/)
  })

  it('[CM3] has exit codes that mean one thing each, and docs/operations.md lists them', () => {
    const rows = exitRows()
    expect(new Set(rows.map(({ exit }) => exit)).size).toBe(rows.length)
    expect(rows.length).toBeGreaterThan(Object.values(errorTable).filter((row) => 'exit' in row).length)
    const page = readFileSync(new URL('../../../../docs/operations.md', import.meta.url), 'utf8')
    const expected = rows.map(
      ({ exit, error, meaning }) => `| ${exit} | ${error === undefined ? '' : `\`${error}\``} | ${meaning} |`,
    )
    expect(page.split('\n').filter((line) => /^\| \d+ \|/.test(line))).toEqual(expected)
  })
})
