import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
/** Contract suites are files of tests without being test files. */
const TEST_FILE = /(\.(test|spec)|-contract)\.tsx?$/

function testFiles(): string[] {
  return ['packages', 'e2e', 'scripts'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => TEST_FILE.test(name) && !name.includes('node_modules'))
      .map((name) => join(root, folder, name)),
  )
}

/** The ids in the titles of tests: brackets at the beginning of a quoted text. */
function citedIds(): Set<string> {
  const ids = new Set<string>()
  for (const file of testFiles())
    for (const [, list = ''] of readFileSync(file, 'utf8').matchAll(
      /['"`]\[([A-Z]{2}\d+(?:, ?[A-Z]{2}\d+)*)\] /g,
    ))
      for (const id of list.split(/, ?/)) ids.add(id)
  return ids
}

function declaredIds(): string[] {
  const spec = readFileSync(join(root, 'packages/shared/SPEC.md'), 'utf8')
  return Array.from(spec.matchAll(/^- \*\*([A-Z]{2}\d+)\*\*/gm), ([, id = '']) => id)
}

function rules(): Set<string> {
  return new Set(declaredIds())
}

test('an id stands for one rule of SPEC.md', () => {
  const ids = declaredIds()
  expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([])
})

test('every rule that a test names is in SPEC.md', () => {
  const known = rules()
  expect(Array.from(citedIds()).filter((id) => !known.has(id))).toEqual([])
})

test('every rule of SPEC.md is named by a test', () => {
  const cited = citedIds()
  expect(cited.size).toBeGreaterThan(30)
  expect(Array.from(rules()).filter((id) => !cited.has(id))).toEqual([])
})
