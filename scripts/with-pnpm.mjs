/**
 * Runs a script of this workspace with pnpm, which need not be installed: Node and npm are enough. Used by `npm start`
 * and `npm test`. Depends on nothing, because nothing is installed yet.
 */
import { spawn } from 'node:child_process'

const PNPM = 'pnpm@12.21.0'
const OLDEST_PNPM = 10
const OLDEST = [20, 19]

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
  console.error(`Cometpad needs Node ${OLDEST.join('.')} or newer; this is ${process.versions.node}.`)
  process.exit(1)
}

const script = process.argv[2]
if (script === undefined) {
  console.error('Say which script to run: node scripts/with-pnpm.mjs <script>')
  process.exit(64)
}

// Under a pnpm that can read this workspace there is one already; else npm fetches it, once, into its own cache.
const under = Number(/^pnpm\/(\d+)/.exec(process.env.npm_config_user_agent ?? '')?.[1] ?? 0)
const [command, ...before] = under >= OLDEST_PNPM ? ['pnpm'] : ['npx', '--yes', PNPM]
const isWindows = process.platform === 'win32'
const child = spawn(command, [...before, 'run', script, ...process.argv.slice(3)], {
  stdio: 'inherit',
  shell: isWindows,
  // A group of its own: between us and the script stand others that do not pass signals on.
  detached: !isWindows,
})

function pass(signal) {
  if (isWindows || child.pid === undefined) child.kill(signal)
  else process.kill(-child.pid, signal)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => pass(signal))

// npm starts us through a shell that ends at a signal without passing it on. Whoever wanted us is gone then.
const parent = process.ppid
if (process.env.npm_lifecycle_event !== undefined && !isWindows) {
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    pass('SIGTERM')
  }, 250)
}

child.on('error', (error) => {
  console.error(`${command} could not be started: ${error.message}`)
  process.exit(1)
})
child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 1))
