// package.json promises a version of Node, and a package that asks for more breaks the promise with a warning or worse.
import { readFileSync } from 'node:fs'
import { minVersion, satisfies } from 'semver'
import { expect, test } from 'vitest'

const read = (name: string): string => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')

/** What each package of the lockfile says of the Node that it needs. */
function demands(): Map<string, string> {
  const entry = /^ {2}'?([^\s']+@[^\s':]+)'?:\n {4}resolution: .+\n {4}engines: \{.*?\bnode: '?([^'},]+)/gm
  return new Map(
    Array.from(read('pnpm-lock.yaml').matchAll(entry), ([, name = '', range = '']) => [name, range]),
  )
}

test('no package in the lockfile asks for a newer Node than package.json does', () => {
  const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } }
  const lowest = minVersion(engines.node)?.version ?? ''
  const all = demands()
  expect(all.size).toBeGreaterThan(200)
  expect(Array.from(all).filter(([, range]) => !satisfies(lowest, range))).toEqual([])
})
