/** What docs/embedding.md says of signing a token: the one for Node is run, and the server takes what it signs. */
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { limits } from '@cometpad/shared'
import { settings } from '../../src/settings.ts'
import { tokenVerifier } from '../../src/http/access/token-verifier.ts'
import { SECRET } from '../signed-token.ts'

const DOCS = fileURLToPath(new URL('../../../../docs/embedding.md', import.meta.url))
let page = ''
let folder = ''

beforeAll(async () => {
  page = await readFile(DOCS, 'utf8')
  // Here, so that jose is found as a program of the reader's would find it.
  const parent = fileURLToPath(new URL('../dist/', import.meta.url))
  await mkdir(parent, { recursive: true })
  folder = await mkdtemp(join(parent, 'signing-'))
})

afterAll(() => rm(folder, { recursive: true }))

function snippet(language: string): string {
  const section = /## Signing a token\n([^]*?)\n## /.exec(page)?.[1] ?? ''
  const found = new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(section)?.[1]
  if (found === undefined) throw new TypeError(`There is nothing in ${language}`)
  return found
}

it('[AC2] a token that is signed as docs/embedding.md says in Node is taken', async () => {
  const ask = "console.log(await tokenFor({ id: 7, name: 'Ada' }, 'plan', 'editor'))"
  const program = join(folder, 'sign.mjs')
  await writeFile(program, `${snippet('js')}\n${ask}\n`)
  const env = { ...process.env, COMETPAD_TOKEN_SECRET: SECRET }
  const token = execFileSync(process.execPath, [program], { env, encoding: 'utf8' }).trim()
  const verify = tokenVerifier({ keys: { secret: SECRET }, issuer: '', audience: '', now: Date.now, limits })
  const claims = await verify(token)
  expect(claims).toMatchObject({ subject: '7', name: 'Ada', documents: 'plan', role: 'editor' })
  expect(claims.expiresAt - Date.now()).toBeLessThanOrEqual(300_000)
})

it('[AC2] every language of docs/embedding.md names the same claims, algorithm and variable', () => {
  for (const language of ['js', 'python', 'go'])
    for (const word of ['name', 'doc', 'role', 'HS256', 'COMETPAD_TOKEN_SECRET'])
      expect(snippet(language), `${word} in ${language}`).toContain(word)
  for (const variable of page.match(/COMETPAD_[A-Z_]+/g) ?? [])
    expect(
      Object.values(settings).map((setting) => setting.variable),
      variable,
    ).toContain(variable)
})
