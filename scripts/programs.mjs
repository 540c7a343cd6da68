/**
 * Sees to it that the programs of others which the tests need are there. A Chromium and a Firefox: the system's own,
 * Debian's packages where we may install them, else those that Playwright brings. And nginx, HAProxy and Caddy, without
 * which the tests of their recipes are skipped.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const FIREFOX = ['/usr/bin/firefox-esr', '/usr/bin/firefox']
const PROXIES = ['nginx', 'haproxy', 'caddy']
// Debian keeps some where only root looks.
const FOLDERS = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']

const has = (paths) => paths.some((path) => existsSync(path))
const mayInstall = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')
// Where systemd runs, the package of a proxy would start it and take port 80 of a machine that may be somebody's own.
const startsServices = existsSync('/run/systemd/system')

/** @returns whether the command succeeded */
function run(command, args, env = {}) {
  console.log(`$ ${command} ${args.join(' ')}`)
  const { status } = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...env } })
  return status === 0
}

function installFromDebian(packages) {
  const quiet = { DEBIAN_FRONTEND: 'noninteractive' }
  return (
    run('apt-get', ['update', '-qq'], quiet) &&
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], quiet)
  )
}

const missingProxies = () => PROXIES.filter((name) => !has(FOLDERS.map((folder) => join(folder, name))))
const browsers = []
if (!has(CHROMIUM)) browsers.push({ debian: 'chromium', playwright: 'chromium' })
if (!has(FIREFOX)) browsers.push({ debian: 'firefox-esr', playwright: 'firefox' })

// For the shim with which tests let a disk fail.
const hasCompiler = () => has(['/usr/bin/gcc'])
const compiler = hasCompiler() ? [] : ['gcc', 'libc6-dev']
const proxies = startsServices ? [] : missingProxies()
const packages = [...browsers.map(({ debian }) => debian), ...proxies, ...compiler]
const isInstalled = packages.length === 0 || (mayInstall && installFromDebian(packages))

if (browsers.length > 0 && !isInstalled) {
  const names = browsers.map(({ playwright }) => playwright)
  if (!run('pnpm', ['--filter', 'e2e', 'exec', 'playwright', 'install', ...names])) {
    console.error(`The browser tests need ${names.join(' and ')}. Install them and run the tests again.`)
    process.exit(1)
  }
}

if (!hasCompiler()) console.log('Skipped are the tests of failing disks: there is no gcc on this machine.')
const skipped = missingProxies()
if (skipped.length > 0)
  console.log(
    `Skipped are the tests of the recipes for ${skipped.join(', ')}: not installed on this machine.`,
  )
