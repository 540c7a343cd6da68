import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { OPERATOR_LIMITS, settings } from '../packages/server/src/settings.ts'
import { limits } from '../packages/shared/src/limits.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

function pagesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md') && !name.includes('node_modules'))
    .map((name) => join(folder, name))
}

const pages = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'packages/shared/SPEC.md', ...pagesIn('docs')]

test.each(pages)('every link in %s leads to a file that exists', (page) => {
  const text = readFileSync(join(root, page), 'utf8')
  const links = Array.from(text.matchAll(/\]\(([^)#\s]+)/g), ([, link = '']) => link)
  const broken = links.filter(
    (link) => !/^https?:/.test(link) && !existsSync(join(root, dirname(page), link)),
  )
  expect(broken).toEqual([])
})

test.each(pages)('every script that %s runs is in package.json', (page) => {
  const text = readFileSync(join(root, page), 'utf8')
  const manifest: { scripts: Record<string, string> } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  )
  const shell = Array.from(text.matchAll(/```sh\n(.*?)```/gs), ([, block = '']) => block).join('\n')
  const named = Array.from(
    shell.matchAll(/^(?:\w+=\S+ )*(?:npm|pnpm) (?:run )?([a-z][a-z0-9:]*)/gm),
    ([, script = '']) => script,
  )
  const builtIn = ['exec', 'install', 'add', 'test', 'start']
  expect(named.filter((script) => !builtIn.includes(script) && !(script in manifest.scripts))).toEqual([])
})

test('docs/configuration.md lists every limit that may be set, with its default', () => {
  const text = readFileSync(join(root, 'docs/configuration.md'), 'utf8')
  const rows = Array.from(text.matchAll(/^\| `(\w+)` \| (\d+) \|/gm), ([, name, value]) => [
    name,
    Number(value),
  ])
  expect(rows).toEqual(OPERATOR_LIMITS.map((name) => [name, limits[name]]))
})

test('docs/configuration.md lists every setting as the server knows it', () => {
  const text = readFileSync(join(root, 'docs/configuration.md'), 'utf8')
  const rows = text.split('\n').filter((line) => /^\| `\w+` \| `--/.test(line))
  const expected = Object.entries(settings).map(([name, { flag, variable, fallback, help, allowed }]) => {
    const shown = typeof fallback === 'object' || fallback === '' ? 'none' : `\`${String(fallback)}\``
    return `| \`${name}\` | \`--${flag}\` | \`${variable}\` | ${shown} | ${help} | ${allowed} |`
  })
  expect(rows).toEqual(expected)
})

test('docs/durability.md has every promise of DU, each with tests that say they hold it', () => {
  const page = readFileSync(join(root, 'docs/durability.md'), 'utf8')
  const promised: string[] = []
  const unheld: string[] = []
  for (const [, ids = '', tests = ''] of page.matchAll(
    /^\| [^|]+ \[([A-Z0-9, ]+)\] \|[^|]+\| ([^|]+) \|$/gm,
  )) {
    const titles = Array.from(tests.matchAll(/`([\w/-]+)`/g), ([, name = '']) => titlesIn(name)).join('\n')
    for (const id of ids.split(', ')) {
      promised.push(id)
      if (!new RegExp(`\\[[^\\]]*\\b${id}\\b[^\\]]*\\]`).test(titles)) unheld.push(`${id}: ${tests}`)
    }
  }
  expect(unheld).toEqual([])
  const spec = readFileSync(join(root, 'packages/shared/SPEC.md'), 'utf8')
  const rules = Array.from(spec.matchAll(/^- \*\*(DU\d+)\*\*/gm), ([, id = '']) => id)
  expect(promised).toEqual(expect.arrayContaining(rules))
})

/** The tests in a file of the server or the provider, as text. Throws when there is none. */
function titlesIn(name: string): string {
  const places = ['packages/server/test', 'packages/provider/test'].map((place) => join(root, place, name))
  // A suite that several implementations pass stands beside the file that runs it.
  const files = places
    .flatMap((place) => [`${place}.test.ts`, `${place}.ts`])
    .filter((file) => existsSync(file))
  if (files.length === 0) throw new Error(`docs/durability.md names ${name}, which is no test`)
  return files.map((file) => readFileSync(file, 'utf8')).join('\n')
}
