import { readFileSync } from 'node:fs'
import { adviceOn, faults } from '@cometpad/shared/doctor'
import type { Finding } from '@cometpad/shared/doctor'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCommand } from '../command-line.ts'
import { RealServer } from '../real-server.ts'
import { Proxy, isInstalled, proxyNames, recipe, replaced } from './proxy.ts'
import type { ProxyName } from './proxy.ts'

const EMBEDDING = 'https://www.example.org'
let server: RealServer

beforeAll(async () => {
  server = await RealServer.start({ origins: [EMBEDDING] })
})

afterAll(async () => {
  await server.close()
})

/** What `--json` prints. */
interface PrintedDiagnosis {
  readonly transport: string
  readonly findings: readonly {
    readonly check: Finding['check']
    readonly verdict: string
    readonly text: string
    readonly advice: readonly string[]
  }[]
}

/** A configuration with one mistake, what is seen of it, and the words of the advice that names what to change. */
interface Mistake {
  readonly what: string
  readonly configuration: () => string
  readonly checks: readonly Finding['check'][]
  readonly advice: string
  /** Seconds of silence. */
  readonly hold?: number
}

const mistakes: Record<ProxyName, readonly Mistake[]> = {
  nginx: [
    {
      what: 'no lines for upgrades',
      configuration: () =>
        recipe('nginx', {
          without: ['proxy_http_version', 'proxy_set_header Upgrade', 'proxy_set_header Connection'],
        }),
      checks: ['socket'],
      advice: 'nginx: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;',
    },
    {
      what: 'no line for the host',
      configuration: () => recipe('nginx', { without: ['proxy_set_header Host'] }),
      checks: ['socket', 'host'],
      advice: 'nginx: proxy_set_header Host $http_host;',
    },
    {
      what: 'a host without its port',
      configuration: () => replaced(recipe('nginx'), 'Host $http_host', 'Host $host'),
      checks: ['socket', 'host'],
      advice: 'nginx: proxy_set_header Host $http_host;',
    },
    {
      what: 'HTTP/1.0, and buffers against the word of the server',
      configuration: () =>
        replaced(
          recipe('nginx', { without: ['proxy_http_version', 'Upgrade', 'Connection'] }),
          'proxy_buffering off;',
          'proxy_ignore_headers X-Accel-Buffering;',
        ),
      checks: ['socket', 'stream'],
      advice: 'nginx: proxy_buffering off;',
    },
    {
      what: 'short timeouts',
      configuration: () => replaced(recipe('nginx'), 'proxy_read_timeout 75s', 'proxy_read_timeout 2s'),
      checks: ['socket', 'hold'],
      advice: 'nginx: proxy_read_timeout 75s;',
      hold: 4,
    },
    {
      what: 'no line for the size of bodies',
      configuration: () => recipe('nginx', { without: ['client_max_body_size'] }),
      checks: ['size'],
      advice: 'nginx: client_max_body_size 17m;',
    },
    {
      what: 'CORS headers of its own',
      configuration: () =>
        replaced(recipe('nginx'), 'proxy_buffering off;', 'add_header Access-Control-Allow-Origin * always;'),
      checks: ['embed'],
      advice: 'nginx: remove "add_header" and "proxy_hide_header" for Access-Control-…',
    },
  ],
  haproxy: [
    {
      what: 'a rule against WebSockets',
      configuration: () => inFrontend('http-request deny deny_status 403 if { hdr(upgrade) -i websocket }'),
      checks: ['socket'],
      advice: 'HAProxy: remove rules that deny or delete the header Upgrade',
    },
    {
      what: 'another host',
      configuration: () => inFrontend('http-request set-header Host backend.local'),
      checks: ['socket', 'host'],
      advice: 'HAProxy: remove "http-request set-header Host"',
    },
    {
      what: 'short timeouts',
      configuration: () =>
        replaced(
          replaced(recipe('haproxy'), 'timeout server 75s', 'timeout server 2s'),
          'timeout tunnel 75s',
          'timeout tunnel 2s',
        ),
      checks: ['socket', 'hold'],
      advice: 'HAProxy: timeout client 75s timeout server 75s timeout tunnel 75s',
      hold: 4,
    },
    {
      what: 'a bound on bodies',
      configuration: () =>
        inFrontend('http-request deny deny_status 413 if { req.hdr(content-length) -m int gt 1000000 }'),
      checks: ['size'],
      advice: 'HAProxy: remove rules on req.body_size',
    },
    {
      what: 'CORS headers of its own',
      configuration: () => inFrontend('http-response del-header Access-Control-Expose-Headers'),
      checks: ['embed'],
      advice: 'HAProxy: remove "http-response set-header" and "del-header" for Access-Control-…',
    },
  ],
  caddy: [
    {
      what: 'a rule against WebSockets',
      configuration: () =>
        replaced(
          recipe('caddy'),
          '\treverse_proxy',
          '\t@sockets header Upgrade websocket\n\trespond @sockets 403\n\treverse_proxy',
        ),
      checks: ['socket'],
      advice: 'Caddy: remove rules that answer or change requests with the header Upgrade',
    },
    {
      what: 'another host',
      configuration: () => inReverseProxy('header_up Host backend.local'),
      checks: ['socket', 'host'],
      advice: 'Caddy: remove "header_up Host"',
    },
    {
      what: 'buffers',
      configuration: () => replaced(recipe('caddy'), 'flush_interval -1', 'buffer_responses'),
      checks: ['socket', 'stream'],
      advice: 'Caddy: flush_interval -1',
    },
    {
      what: 'a short timeout',
      configuration: () => inReverseProxy('transport http {\n\t\t\tresponse_header_timeout 2s\n\t\t}'),
      checks: ['hold'],
      advice: 'Caddy: remove "response_header_timeout"',
      hold: 4,
    },
    {
      what: 'a bound on bodies',
      configuration: () =>
        replaced(
          recipe('caddy'),
          '\treverse_proxy',
          '\trequest_body {\n\t\tmax_size 1MB\n\t}\n\treverse_proxy',
        ),
      checks: ['size'],
      advice: 'Caddy: remove "request_body"',
    },
  ],
}

describe.each(proxyNames)('the doctor, through %s', (name) => {
  describe.skipIf(!isInstalled(name))('as it comes from its distribution', () => {
    it.concurrent('[DC3] finds nothing wrong with the recipe that is shipped', async () => {
      const { code, diagnosis } = await examine(name, recipe(name), 2)
      expect(diagnosis.findings.filter(({ verdict }) => verdict !== 'good')).toEqual([])
      expect(diagnosis.transport).toBe('ws')
      expect(code).toBe(0)
    })

    it.concurrent.each(mistakes[name])('[DC3, DC4] names the line to change for $what', async (mistake) => {
      const { code, diagnosis } = await examine(name, mistake.configuration(), mistake.hold ?? 1)
      const found = diagnosis.findings.filter(({ verdict }) => verdict !== 'good')
      expect(found.map(({ check }) => check)).toEqual(mistake.checks)
      expect(found.flatMap(({ advice }) => advice).join('\n')).toContain(mistake.advice)
      expect(code).toBe(2)
    })
  })
})

it.skipIf(!isInstalled('nginx'))(
  '[DC3] a page that stands in front of the server is not taken for it',
  async () => {
    const { code, diagnosis } = await examine('nginx', portal(), 1)
    expect(code).toBe(3)
    expect(diagnosis.findings.map(({ text }) => text)).toEqual([
      'Something else answers at this address (status 200, text/html).',
    ])
  },
)

it('[DC3] the lines that are advised are those of the recipes', () => {
  for (const fault of faults)
    for (const advice of adviceOn(fault, '')) {
      if (advice.kind !== 'add') continue
      const text = recipe(advice.proxy.toLowerCase() as ProxyName).replaceAll(/\s+/g, ' ')
      for (const line of advice.lines) expect(text).toContain(line.trim())
    }
})

it('[DC3] the page on proxies shows the doctor', () => {
  const page = readFileSync(new URL('../../../../deploy/README.md', import.meta.url), 'utf8')
  expect(page).toContain('cometpad doctor --url')
})

async function examine(
  name: ProxyName,
  configuration: string,
  hold: number,
): Promise<{ code: number; diagnosis: PrintedDiagnosis }> {
  const proxy = await Proxy.start(name, server.host, configuration)
  try {
    const flags = ['--url', proxy.url, '--origin', EMBEDDING, '--hold', String(hold), '--json']
    const { code, out, err } = await runCommand(['doctor', ...flags])
    expect(err).toBe('')
    return { code, diagnosis: JSON.parse(out) as PrintedDiagnosis }
  } finally {
    await proxy.stop()
  }
}

function inFrontend(rule: string): string {
  return replaced(recipe('haproxy'), 'default_backend cometpad', `${rule}\n    default_backend cometpad`)
}

function inReverseProxy(line: string): string {
  return replaced(recipe('caddy'), 'flush_interval -1', `flush_interval -1\n\t\t${line}`)
}

/** What a hotel's network answers until somebody has signed in; readiness is let through, so that the test can begin. */
function portal(): string {
  const page = 'default_type text/html; return 200 "<h1>Welcome to our network</h1>";'
  return replaced(recipe('nginx'), '    location / {', `    location /v1/ { ${page} }\n    location / {`)
}
