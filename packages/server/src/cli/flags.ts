/** Reads the words behind a command by its list of flags, and writes help from the same list. */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { loadConfig } from '../config.ts'
import { UsageError } from './command.ts'
import type { Terminal } from './command.ts'

export interface Flag {
  readonly flag: string
  /** What stands behind it, as help calls it; undefined: the flag stands alone. */
  readonly value?: string
  readonly help: string
}

export interface Words {
  /** What is no flag. */
  readonly rest: readonly string[]
  readonly has: (flag: string) => boolean
  readonly text: (flag: string) => string | undefined
}

/** Flags of every command that has a result. */
export const resultFlags: readonly Flag[] = [
  { flag: 'json', help: 'Print the result as one line of JSON.' },
  { flag: 'quiet', help: 'Print nothing but errors.' },
]

/** Flags of every command that works on a store. */
export const commonFlags: readonly Flag[] = [
  { flag: 'data', value: 'FOLDER', help: 'The data folder. Also COMETPAD_DATA. Default: ./data.' },
  { flag: 'config', value: 'FILE', help: 'A JSON file with settings. Also COMETPAD_CONFIG.' },
  ...resultFlags,
]

/** Throws a UsageError. */
export function readWords(argv: readonly string[], flags: readonly Flag[]): Words {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      strict: true,
      options: Object.fromEntries(
        flags.map(({ flag, value }) => [flag, { type: value === undefined ? 'boolean' : 'string' }]),
      ),
    })
    const given = new Map<string, string | boolean | undefined>(Object.entries(values))
    return {
      rest: positionals,
      has: (flag) => given.get(flag) === true,
      text: (flag) => {
        const value = given.get(flag)
        return typeof value === 'string' ? value : undefined
      },
    }
  } catch (cause) {
    const [first = ''] = (cause instanceof Error ? cause.message : String(cause)).split(/\. |\n/)
    throw new UsageError(
      `${first.replace(/\.$/, '')}. Known are: ${flags.map(({ flag }) => `--${flag}`).join(', ')}.`,
    )
  }
}

/** The data folder, found as the server finds it. */
export function dataFolder(words: Words, { env }: Terminal): string {
  const argv = ['data', 'config'].flatMap((flag) => {
    const text = words.text(flag)
    return text === undefined ? [] : [`--${flag}`, text]
  })
  return loadConfig({ argv, env, readFile: (path) => readFileSync(path, 'utf8') }).data
}

export function helpOf(about: {
  readonly usage: readonly string[]
  readonly text: readonly string[]
  readonly flags: readonly Flag[]
}): string {
  const names = about.flags.map(({ flag, value }) => `--${flag}${value === undefined ? '' : ` ${value}`}`)
  const width = Math.max(...names.map((name) => name.length))
  return [
    ...about.usage.map((line, index) => `${index === 0 ? 'Usage: ' : '       '}cometpad ${line}`),
    '',
    ...about.text,
    '',
    ...about.flags.map(({ help }, index) => `  ${(names[index] ?? '').padEnd(width)}  ${help}`),
  ].join('\n')
}
