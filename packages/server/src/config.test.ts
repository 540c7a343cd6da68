import { CometpadError } from '@cometpad/shared'
import { describe, expect, it } from 'vitest'
import { loadConfig } from './config.ts'
import type { Config } from './config.ts'
import { settings } from './settings.ts'

interface Given {
  readonly argv?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** What stands in the file "pad.json"; a text is taken as it is. */
  readonly file?: unknown
}

function load({ argv = [], env = {}, file }: Given): Config {
  return loadConfig({
    argv: file === undefined ? argv : ['--config', 'pad.json', ...argv],
    env,
    readFile(path) {
      if (path !== 'pad.json') throw new Error(`ENOENT: no such file, open '${path}'`)
      return typeof file === 'string' ? file : JSON.stringify(file)
    },
  })
}

/** The sentence with which it is refused. */
function refusal(given: Given): string {
  try {
    load(given)
  } catch (cause) {
    if (cause instanceof CometpadError && cause.code === 'CONFIG_INVALID') return cause.message
    throw cause
  }
  throw new Error('It was not refused')
}

/** For every setting three texts that differ from the default and from each other, and what they mean. */
const values: { readonly [K in keyof Config]: readonly [string, Config[K]][] } = {
  port: [
    ['1', 1],
    ['2', 2],
    ['65535', 65_535],
  ],
  host: [
    ['127.0.0.2', '127.0.0.2'],
    ['localhost', 'localhost'],
    ['::1', '::1'],
  ],
  data: [
    ['/a', '/a'],
    ['b c', 'b c'],
    ['../d', '../d'],
  ],
  auth: [['token', 'token']],
  tokenSecret: [
    ['a'.repeat(32), 'a'.repeat(32)],
    ['b'.repeat(40), 'b'.repeat(40)],
    ['ü'.repeat(16), 'ü'.repeat(16)],
  ],
  jwksUrl: [
    ['https://a.example/keys', 'https://a.example/keys'],
    ['http://localhost:1/keys', 'http://localhost:1/keys'],
    ['http://127.0.0.1:1/keys', 'http://127.0.0.1:1/keys'],
  ],
  tokenIssuer: [
    ['a', 'a'],
    ['b', 'b'],
    ['c d', 'c d'],
  ],
  tokenAudience: [
    ['a', 'a'],
    ['b', 'b'],
    ['c d', 'c d'],
  ],
  tlsCert: [
    ['/a.pem', '/a.pem'],
    ['b.pem', 'b.pem'],
    ['../c d.pem', '../c d.pem'],
  ],
  tlsKey: [
    ['/a.pem', '/a.pem'],
    ['b.pem', 'b.pem'],
    ['../c d.pem', '../c d.pem'],
  ],
  origins: [
    ['https://a.example', ['https://a.example']],
    ['http://b.example:8080', ['http://b.example:8080']],
    [' https://c.example , https://d.example,', ['https://c.example', 'https://d.example']],
  ],
  trustProxy: [
    ['loopback', ['loopback']],
    ['10.0.0.0/8', ['10.0.0.0/8']],
    [' ::1 , 192.0.2.7,', ['::1', '192.0.2.7']],
  ],
  limits: [
    ['connections=5', { connections: 5 }],
    ['headersMs=100', { headersMs: 100 }],
    ['messageBurst=1, byteBurst=2', { messageBurst: 1, byteBurst: 2 }],
  ],
  allowOpen: [
    ['true', true],
    ['1', true],
  ],
  logLevel: [
    ['error', 'error'],
    ['debug', 'debug'],
    ['silent', 'silent'],
  ],
  acceptLoss: [
    ['true', true],
    ['1', true],
  ],
  allowNetworkFolder: [
    ['true', true],
    ['1', true],
  ],
}
/** What else has to be said with a setting. */
const companions: { readonly [K in keyof Config]?: Readonly<Record<string, unknown>> } = {
  auth: { tokenSecret: 'c'.repeat(32) },
  tokenSecret: { auth: 'token' },
  jwksUrl: { auth: 'token' },
  tlsCert: { tlsKey: 'key.pem' },
  tlsKey: { tlsCert: 'cert.pem' },
}
const names = Object.keys(settings) as (keyof Config)[]

describe('a setting', () => {
  it.each(names)('"%s" is taken from a flag, a variable and a file, in this order of rank', (name) => {
    const { flag, variable, fallback } = settings[name]
    const [first, second = first, third = first] = values[name]
    if (first === undefined || second === undefined || third === undefined) throw new TypeError(name)
    expect(load({})[name]).toEqual(fallback)
    const companion = companions[name] ?? {}
    const file = { ...companion, [name]: third[0] }
    expect(load({ file })[name]).toEqual(third[1])
    const env = { [variable]: second[0] }
    expect(load({ file, env })[name]).toEqual(second[1])
    const argv = [`--${flag}=${first[0]}`]
    expect(load({ file, env, argv })[name]).toEqual(first[1])
  })

  it.each(names)('"%s" says its value from a file also as JSON has it', (name) => {
    const companion = companions[name] ?? {}
    for (const [, value] of values[name])
      expect(load({ file: { ...companion, [name]: value } })[name]).toEqual(value)
  })

  it('has its value in the word behind a flag too, and a switch stands alone', () => {
    expect(load({ argv: ['--port', '80', '--allow-open', '--host', '0.0.0.0'] })).toMatchObject({
      port: 80,
      allowOpen: true,
      host: '0.0.0.0',
    })
  })

  it('said twice counts as it was said last', () => {
    expect(load({ argv: ['--port', '1', '--port=2'] }).port).toBe(2)
  })

  it('cannot be changed later', () => {
    expect(Object.isFrozen(load({}))).toBe(true)
  })
})

describe('a file', () => {
  it('is named by a variable as well, and the flag outranks it', () => {
    const file = { port: 7 }
    expect(load({ file, env: { COMETPAD_CONFIG: 'nowhere.json' } }).port).toBe(7)
    const readFile = (path: string): string => JSON.stringify({ data: path })
    expect(loadConfig({ argv: [], env: { COMETPAD_CONFIG: 'x.json' }, readFile }).data).toBe('x.json')
  })

  it.each([
    ['that is not there', { argv: ['--config', 'nowhere.json'] }, 'names "nowhere.json"'],
    ['that is not JSON', { file: 'port: 80' }, 'no readable JSON'],
    ['that holds a list', { file: ['port'] }, 'one JSON object'],
    ['that holds nothing', { file: null }, 'one JSON object'],
    ['with a word nobody knows', { file: { prot: 80 } }, 'Did you mean "port"?'],
    ['that names another', { file: { config: 'b.json' } }, 'There is no setting "config"'],
  ])('%s is refused', (_what, given, said) => {
    expect(refusal(given)).toContain(said)
  })
})

describe('a wrong setting is one sentence that names it, its place, and what is allowed', () => {
  it.each<[string, Given, readonly string[]]>([
    ['a port that is no number', { argv: ['--port', 'http'] }, ['--port', '"http"', '0 to 65535']],
    ['a port beyond the last', { env: { COMETPAD_PORT: '65536' } }, ['COMETPAD_PORT', '0 to 65535']],
    ['a negative port', { file: { port: -1 } }, ['"port" in the file "pad.json"', '"-1"']],
    ['an empty variable', { env: { COMETPAD_PORT: '' } }, ['COMETPAD_PORT', '""']],
    ['a host with a path', { argv: ['--host', 'a/b'] }, ['--host', 'host name']],
    ['a folder without a name', { argv: ['--data='] }, ['--data', 'a path']],
    ['another way of access', { env: { COMETPAD_AUTH: 'closed' } }, ['COMETPAD_AUTH', '"open"']],
    ['an origin with a path', { argv: ['--origins', 'https://a.example/x'] }, ['without a path']],
    ['every origin', { argv: ['--origins', '*'] }, ['--origins', '"*"']],
    ['an origin that is none', { argv: ['--origins', 'a.example'] }, ['https://example.org']],
    ['an origin a browser writes otherwise', { argv: ['--origins', 'https://A.example:443'] }, ['--origins']],
    ['neither yes nor no', { env: { COMETPAD_ALLOW_OPEN: 'maybe' } }, ['"true" or "false"']],
    ['a proxy by its name', { argv: ['--trust-proxy', 'proxy.example'] }, ['--trust-proxy', '10.0.0.0/8']],
    ['a network that is too large', { argv: ['--trust-proxy', '10.0.0.0/33'] }, ['--trust-proxy']],
    ['a limit nobody knows', { argv: ['--limits', 'doors=3'] }, ['--limits', 'connectionsPerAddress']],
    ['a network of everybody', { argv: ['--trust-proxy', '0.0.0.0/0'] }, ['--trust-proxy']],
    ['a limit of nothing', { env: { COMETPAD_LIMITS: 'connections=0' } }, ['whole and above 0']],
    ['a limit of two numbers', { argv: ['--limits', 'connections=5=6'] }, ['name=number']],
    ['a limit said twice', { argv: ['--limits', 'connections=5,connections=6'] }, ['each name once']],
    [
      'headers that may take longer than their request',
      { argv: ['--limits', 'headersMs=60000'] },
      ['headersMs (60000)', 'requestMs (30000)'],
    ],
    ['a level that is none', { argv: ['--log-level', 'loud'] }, ['"silent", "error"']],
    ['a flag nobody knows', { argv: ['--prot', '80'] }, ['Did you mean "--port"?']],
    ['a flag like none', { argv: ['--colour'] }, ['"--colour"', 'Known are: --config, --port']],
    ['a word that is no flag', { argv: ['8080'] }, ['"8080"']],
    ['a flag without its value', { argv: ['--port'] }, ['--port needs a value']],
    ['a flag before another', { argv: ['--data', '--port', '1'] }, ['--data needs a value']],
    ['tokens without keys', { argv: ['--auth', 'token'] }, ['--token-secret', '--jwks-url']],
    ['keys without tokens', { env: { COMETPAD_JWKS_URL: 'https://a.example' } }, ['--auth token']],
    ['keys over plain HTTP', { argv: ['--jwks-url', 'http://a.example/keys'] }, ['https']],
    ['a certificate without its key', { argv: ['--tls-cert', 'cert.pem'] }, ['--tls-cert', '--tls-key']],
    ['a variable nobody knows', { env: { COMETPAD_PROT: '1' } }, ['Did you mean "COMETPAD_PORT"?']],
  ])('%s', (_what, given, parts) => {
    const sentence = refusal(given)
    for (const part of parts) expect(sentence).toContain(part)
    expect(sentence).not.toContain('\n')
  })

  it.each(['0.0.0.0', '::', '192.168.1.2', 'pad.example.org', '127.0.0.1.example.org'])(
    'everybody may edit, and "%s" can be reached from other machines',
    (host) => {
      expect(refusal({ argv: ['--host', host] })).toContain('--allow-open')
      expect(load({ argv: ['--host', host, '--allow-open'] }).host).toBe(host)
    },
  )

  it('a secret that is too short is not shown', () => {
    const sentence = refusal({ env: { COMETPAD_TOKEN_SECRET: 'hunter2' } })
    expect(sentence).toContain('COMETPAD_TOKEN_SECRET')
    expect(sentence).toContain('32 bytes')
    expect(sentence).not.toContain('hunter2')
  })

  it('variables of others are none of its business', () => {
    expect(load({ env: { PORT: 'x', COMET_PORT: 'x', PATH: '/bin' } }).port).toBe(4400)
  })
})
