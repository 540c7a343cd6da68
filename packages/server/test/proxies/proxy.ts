/**
 * The real proxies of a Linux distribution, each with the recipe of `deploy/` or a changed copy of it, on a free port and
 * in a folder of its own. Knows nothing of what goes through them.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export type ProxyName = keyof typeof kinds

interface Kind {
  readonly recipe: string
  /** Puts the ports of the test into the recipe, and around it what a whole configuration needs. */
  readonly place: (recipe: string, port: number, upstream: string, folder: string) => string
  readonly args: (file: string, folder: string) => string[]
}

const RECIPES = fileURLToPath(new URL('../../../../deploy/', import.meta.url))
const UPSTREAM = '127.0.0.1:4400'
const READY_MS = 10_000
const GOODBYE_MS = 2_000

const kinds = {
  nginx: {
    recipe: 'nginx.conf',
    place: (recipe, port, upstream, folder) =>
      [
        'daemon off;',
        'user root;',
        'worker_processes 1;',
        `pid ${folder}/pid;`,
        `error_log ${folder}/error.log;`,
        'events { worker_connections 256; }',
        'http {',
        '  access_log off;',
        ...['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
          (kind) => `  ${kind}_temp_path ${folder}/${kind};`,
        ),
        replaced(replaced(recipe, 'listen 80;', `listen 127.0.0.1:${port};`), UPSTREAM, upstream),
        '}',
      ].join('\n'),
    args: (file, folder) => ['-c', file, '-p', folder, '-e', join(folder, 'error.log')],
  },
  haproxy: {
    recipe: 'haproxy.cfg',
    place: (recipe, port, upstream) =>
      replaced(replaced(recipe, 'bind :80', `bind 127.0.0.1:${port}`), UPSTREAM, upstream),
    args: (file) => ['-f', file, '-db'],
  },
  caddy: {
    recipe: 'Caddyfile',
    place: (recipe, port, upstream) =>
      `{\n\tadmin off\n\tauto_https off\n}\n${replaced(
        replaced(recipe, 'pad.example.org {', `http://127.0.0.1:${port} {`),
        UPSTREAM,
        upstream,
      )}`,
    args: (file) => ['run', '--config', file, '--adapter', 'caddyfile'],
  },
} satisfies Record<string, Kind>

export const proxyNames = Object.keys(kinds) as ProxyName[]

/** Is the program there? Debian keeps some where only root looks. */
export function isInstalled(name: ProxyName): boolean {
  return programOf(name) !== undefined
}

/** The recipe that is shipped, without the lines that hold one of these texts; each has to be there. */
export function recipe(name: ProxyName, { without = [] }: { without?: readonly string[] } = {}): string {
  const lines = readFileSync(join(RECIPES, kinds[name].recipe), 'utf8').split('\n')
  for (const text of without)
    if (!lines.some((line) => isSetting(line) && line.includes(text)))
      throw new TypeError(`No line of the recipe for ${name} holds "${text}"`)
  return lines.filter((line) => !isSetting(line) || !without.some((text) => line.includes(text))).join('\n')
}

/** Changes a text that has to be there. */
export function replaced(text: string, before: string, after: string): string {
  if (!text.includes(before)) throw new TypeError(`The configuration does not hold "${before}"`)
  return text.replaceAll(before, after)
}

export class Proxy {
  readonly url: string
  readonly #process: ChildProcess
  readonly #folder: string

  private constructor(url: string, process: ChildProcess, folder: string) {
    this.url = url
    this.#process = process
    this.#folder = folder
  }

  /** Starts the program in front of the server at this `host:port`, and waits until requests come through. */
  static async start(name: ProxyName, upstream: string, configuration = recipe(name)): Promise<Proxy> {
    const program = programOf(name)
    if (program === undefined) throw new TypeError(`${name} is not installed`)
    const folder = await mkdtemp(join(tmpdir(), `cometpad-${name}-`))
    const port = await freePort()
    const kind: Kind = kinds[name]
    const file = join(folder, kind.recipe)
    await writeFile(file, kind.place(configuration, port, upstream, folder))
    const child = spawn(program, kind.args(file, folder), {
      // A group of its own: a program that starts others is ended with all of them.
      detached: true,
      cwd: folder,
      env: { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let said = ''
    for (const output of [child.stdout, child.stderr])
      output.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2_000)))
    const proxy = new Proxy(`http://127.0.0.1:${port}`, child, folder)
    try {
      await proxy.#passes()
    } catch (cause) {
      await proxy.stop()
      throw new Error(`${name} did not start: ${said}`, { cause })
    }
    return proxy
  }

  async stop(): Promise<void> {
    const { pid, exitCode, signalCode } = this.#process
    if (pid !== undefined && exitCode === null && signalCode === null) {
      const exited = once(this.#process, 'exit')
      const kill = setTimeout(() => process.kill(-pid, 'SIGKILL'), GOODBYE_MS)
      process.kill(-pid, 'SIGTERM')
      await exited
      clearTimeout(kill)
    }
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #passes(): Promise<void> {
    const deadline = Date.now() + READY_MS
    for (;;) {
      const isReady = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(2_000) }).then(
        ({ status }) => status === 200,
        () => false,
      )
      if (isReady) return
      if (this.#process.exitCode !== null) throw new Error(`It ended with ${this.#process.exitCode}`)
      if (Date.now() > deadline) throw new Error('Nothing comes through')
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  }
}

function isSetting(line: string): boolean {
  return !line.trim().startsWith('#')
}

function programOf(name: ProxyName): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
