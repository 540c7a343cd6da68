/** Every check and test in turn, up to the first that fails; says at the end how long each took. */
import { spawnSync } from 'node:child_process'

const phases = [
  ['programs', 'node', ['scripts/programs.mjs']],
  ['build', 'pnpm', ['build']],
  ['checks', 'pnpm', ['check']],
  ['unit tests', 'pnpm', ['test:unit']],
  ['browser tests', 'pnpm', ['test:e2e']],
]

const rows = []
let isGood = true
for (const [name, command, args] of phases) {
  const start = performance.now()
  const { status } = spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' })
  isGood = status === 0
  rows.push(`${name.padEnd(14)} ${seconds(start).padStart(5)} s${isGood ? '' : '  failed'}`)
  if (!isGood) break
}

console.log(`\n${rows.join('\n')}`)
process.exit(isGood ? 0 : 1)

function seconds(start) {
  return ((performance.now() - start) / 1000).toFixed(0)
}
