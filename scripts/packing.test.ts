// What docs/embedding.md says of getting the editor into another project: its command runs, and what it makes can be imported there.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const site = mkdtempSync(join(tmpdir(), 'cometpad-site-'))
const NAMES = ['binding', 'editor', 'provider', 'shared']

afterAll(() => rmSync(site, { recursive: true }))

/** Stands in for the installation of what comes from npm: the very packages that are installed here. */
function linkOthers(): void {
  for (const name of NAMES) {
    const { dependencies = {} } = JSON.parse(
      readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'),
    ) as { dependencies?: Record<string, string> }
    for (const other of Object.keys(dependencies)) {
      const link = join(site, 'node_modules', other)
      if (other.startsWith('@cometpad/') || existsSync(link)) continue
      mkdirSync(dirname(link), { recursive: true })
      symlinkSync(join(root, 'packages', name, 'node_modules', other), link)
    }
  }
}

test('the editor is packed as docs/embedding.md says, and another project can import it', () => {
  const page = readFileSync(join(root, 'docs/embedding.md'), 'utf8')
  const command = /^pnpm (--filter .* pack --pack-destination) (\S+)$/m.exec(page)
  const words = command?.[1]?.split(' ').map((word) => word.replaceAll('"', '')) ?? []
  const packed = join(site, 'packages')
  const { status, stderr } = spawnSync('pnpm', [...words, packed], { cwd: root, encoding: 'utf8' })
  expect([status, stderr]).toEqual([0, expect.any(String)])
  const files = readdirSync(packed)
  expect(files.map((file) => file.replace(/-\d.*/, '')).toSorted()).toEqual(
    NAMES.map((name) => `cometpad-${name}`),
  )

  for (const file of files) {
    const name = file.replace(/^cometpad-|-\d.*/g, '')
    const folder = join(site, 'node_modules/@cometpad', name)
    mkdirSync(folder, { recursive: true })
    execFileSync('tar', ['xzf', join(packed, file), '--strip-components=1', '-C', folder])
    const manifest = readFileSync(join(folder, 'package.json'), 'utf8')
    // Nothing of the workspace is left, and versions are those of the packages beside it.
    expect(manifest).not.toMatch(/workspace:|catalog:|@cometpad\/source/)
  }
  linkOthers()
  const program = `
    const doors = await Promise.all(['', '/react'].map((door) => import('@cometpad/editor' + door)))
    console.log(doors.flatMap(Object.keys).join())`
  symlinkSync(join(root, 'packages/editor/node_modules/react'), join(site, 'node_modules/react'))
  const { stdout, stderr: why } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: site,
    encoding: 'utf8',
  })
  expect(why).toBe('')
  expect(stdout).toContain('createEditor')
  expect(stdout).toContain('CometpadEditor')
})
