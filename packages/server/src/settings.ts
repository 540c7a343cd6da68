/**
 * The one list of settings: what each is called as a flag, in the environment and in a file, what it means, and how its
 * text is read. Help, documentation and the configuration itself come from here.
 */
import { isIP } from 'node:net'
import type { Limits } from '@cometpad/shared'

/** What the server runs with. */
export interface Config {
  /** 0: any free port. */
  readonly port: number
  readonly host: string
  /** Folder of the store. */
  readonly data: string
  readonly auth: 'open' | 'token'
  /** Shared with whoever signs tokens (HS256); empty without one. */
  readonly tokenSecret: string
  /** Where the public keys of whoever signs tokens are; empty without one. */
  readonly jwksUrl: string
  /** What a token has to name as `iss`; empty: anything. */
  readonly tokenIssuer: string
  /** What a token has to name as `aud`; empty: anything. */
  readonly tokenAudience: string
  /** File with the certificate of the server's own TLS; empty: plain HTTP. */
  readonly tlsCert: string
  /** File with its key. */
  readonly tlsKey: string
  /** Other sites whose pages may use this server, each as scheme, host and port. */
  readonly origins: readonly string[]
  /** Proxies that are believed who it is that they speak for: addresses, networks, or names of such. Empty: none. */
  readonly trustProxy: readonly string[]
  /** Bounds that differ from the defaults. */
  readonly limits: Partial<Limits>
  /** Listen beyond this machine although everybody may edit everything. */
  readonly allowOpen: boolean
  readonly logLevel: LogLevel
  /** Go on with a store that has lost acknowledged edits. */
  readonly acceptLoss: boolean
  /** Keep documents on a file system of another machine. */
  readonly allowNetworkFolder: boolean
}

const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** How a setting is read. `read` gives undefined when the text is not allowed; `allowed` says what is. */
export interface Setting<T> {
  readonly flag: string
  readonly variable: string
  readonly help: string
  readonly allowed: string
  readonly fallback: T
  readonly read: (text: string) => T | undefined
  /** The flag stands alone: giving it means "true". */
  readonly isSwitch?: true
  /** Its value is never shown, not even when it is wrong. */
  readonly isSecret?: true
}

export type Settings = { readonly [K in keyof Config]: Setting<Config[K]> }

/** The bounds that an operator may set; all others belong together and are decided once. */
export const OPERATOR_LIMITS = [
  'connections',
  'connectionsPerAddress',
  'connectionsPerSubject',
  'requestsPerWindow',
  'requestWindowMs',
  'requestMs',
  'headersMs',
  'messagesPerSecond',
  'messageBurst',
  'bytesPerSecond',
  'byteBurst',
  'readersPerRoom',
  'stalledReaderMs',
  'refusedUpdates',
  'refusalWindowMs',
  'documentsPerWindow',
  'documentWindowMs',
  'quarantineUpdates',
  'quarantineBytes',
  'loopDelayMs',
] as const satisfies readonly (keyof Limits)[]

export const settings: Settings = {
  port: {
    flag: 'port',
    variable: 'COMETPAD_PORT',
    help: 'Port to listen on; 0 takes any free one.',
    allowed: 'a whole number from 0 to 65535',
    fallback: 4400,
    read: (text) => (/^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined),
  },
  host: {
    flag: 'host',
    variable: 'COMETPAD_HOST',
    help: 'Address to listen on. Beyond this machine it needs --allow-open while everybody may edit.',
    allowed: 'an IP address or a host name',
    fallback: '127.0.0.1',
    read: (text) =>
      isIP(text) > 0 || /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(text) ? text : undefined,
  },
  data: {
    flag: 'data',
    variable: 'COMETPAD_DATA',
    help: 'Folder in which the documents are kept. Made when it is missing.',
    allowed: 'a path',
    fallback: './data',
    read: readPath,
  },
  auth: {
    flag: 'auth',
    variable: 'COMETPAD_AUTH',
    help: 'Who may do what. "open": everybody with the address of a document may edit it. "token": a signed token says it.',
    allowed: '"open" or "token"',
    fallback: 'open',
    read: (text) => (text === 'open' || text === 'token' ? text : undefined),
  },
  tokenSecret: {
    flag: 'token-secret',
    variable: 'COMETPAD_TOKEN_SECRET',
    help: 'Secret with which your application signs tokens (HS256). Better as a variable: flags can be seen by others.',
    allowed: 'at least 32 bytes',
    fallback: '',
    read: (text) => (Buffer.byteLength(text) >= 32 ? text : undefined),
    isSecret: true,
  },
  jwksUrl: {
    flag: 'jwks-url',
    variable: 'COMETPAD_JWKS_URL',
    help: 'Address of the public keys (JWKS) with which tokens are checked: RS256, ES256, EdDSA and the like.',
    allowed: 'an https address; http for this machine only',
    fallback: '',
    read: (text) => (isKeyAddress(text) ? text : undefined),
  },
  tokenIssuer: {
    flag: 'token-issuer',
    variable: 'COMETPAD_TOKEN_ISSUER',
    help: 'What a token has to name as its issuer ("iss").',
    allowed: 'any text',
    fallback: '',
    read: (text) => (text.length > 0 ? text : undefined),
  },
  tokenAudience: {
    flag: 'token-audience',
    variable: 'COMETPAD_TOKEN_AUDIENCE',
    help: 'What a token has to name as its audience ("aud").',
    allowed: 'any text',
    fallback: '',
    read: (text) => (text.length > 0 ? text : undefined),
  },
  tlsCert: {
    flag: 'tls-cert',
    variable: 'COMETPAD_TLS_CERT',
    help: 'File (PEM) with the certificate for TLS. It is read again when it changes. Without one a proxy in front has to do TLS.',
    allowed: 'a path',
    fallback: '',
    read: readPath,
  },
  tlsKey: {
    flag: 'tls-key',
    variable: 'COMETPAD_TLS_KEY',
    help: 'File (PEM) with the key of that certificate.',
    allowed: 'a path',
    fallback: '',
    read: readPath,
  },
  origins: {
    flag: 'origins',
    variable: 'COMETPAD_ORIGINS',
    help: 'Other sites whose pages may use this server, parted by commas.',
    allowed: 'origins such as https://example.org, parted by commas, without a path',
    fallback: [],
    read: readOrigins,
  },
  trustProxy: {
    flag: 'trust-proxy',
    variable: 'COMETPAD_TRUST_PROXY',
    help: 'Proxies in front that say in X-Forwarded-For who asks, parted by commas. Nobody else is believed.',
    allowed: 'IP addresses, networks such as 10.0.0.0/8, "loopback" or "uniquelocal", parted by commas',
    fallback: [],
    read: readProxies,
  },
  limits: {
    flag: 'limits',
    variable: 'COMETPAD_LIMITS',
    help: `Bounds that differ from the defaults, such as connectionsPerAddress=500, parted by commas. See "Limits" in docs/configuration.md.`,
    allowed: `name=number, parted by commas, each name once and each number whole and above 0; names are ${OPERATOR_LIMITS.join(', ')}`,
    fallback: {},
    read: readLimits,
  },
  allowOpen: {
    flag: 'allow-open',
    variable: 'COMETPAD_ALLOW_OPEN',
    help: 'Listen beyond this machine although everybody may edit every document.',
    allowed: '"true" or "false"',
    fallback: false,
    read: readSwitch,
    isSwitch: true,
  },
  logLevel: {
    flag: 'log-level',
    variable: 'COMETPAD_LOG_LEVEL',
    help: 'How much is logged to standard error.',
    allowed: LOG_LEVELS.map((level) => `"${level}"`).join(', '),
    fallback: 'info',
    read: (text) => LOG_LEVELS.find((level) => level === text),
  },
  acceptLoss: {
    flag: 'accept-loss',
    variable: 'COMETPAD_ACCEPT_LOSS',
    help: 'Start once with a store that has lost saved edits, after its message has been read. Damaged files are copied first.',
    allowed: '"true" or "false"',
    fallback: false,
    read: readSwitch,
    isSwitch: true,
  },
  allowNetworkFolder: {
    flag: 'allow-network-folder',
    variable: 'COMETPAD_ALLOW_NETWORK_FOLDER',
    help: 'Keep documents on a file system of another machine, although its locks and syncs cannot be relied on.',
    allowed: '"true" or "false"',
    fallback: false,
    read: readSwitch,
    isSwitch: true,
  },
}

function readPath(text: string): string | undefined {
  return text.length > 0 && !text.includes('\0') ? text : undefined
}

function readSwitch(text: string): boolean | undefined {
  return text === 'true' || text === '1' ? true : text === 'false' || text === '0' ? false : undefined
}

function readOrigins(text: string): readonly string[] | undefined {
  const origins = text
    .split(',')
    .map((origin) => origin.trim())
    .filter((origin) => origin.length > 0)
  return origins.every(isOrigin) ? origins : undefined
}

function readProxies(text: string): readonly string[] | undefined {
  const proxies = text
    .split(',')
    .map((proxy) => proxy.trim())
    .filter((proxy) => proxy.length > 0)
  return proxies.every(isProxy) ? proxies : undefined
}

/** What Fastify's `trustProxy` takes. */
function isProxy(text: string): boolean {
  if (text === 'loopback' || text === 'uniquelocal') return true
  const [address = '', bits, ...more] = text.split('/')
  const version = isIP(address)
  if (version === 0 || more.length > 0) return false
  // A network of all addresses would believe everybody.
  return bits === undefined || (/^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
}

function readLimits(text: string): Partial<Limits> | undefined {
  const read: { -readonly [name in keyof Limits]?: number } = {}
  for (const pair of text.split(',')) {
    const [, name, value] = /^\s*(\w+)=([1-9]\d{0,14})\s*$/.exec(pair) ?? []
    const known = OPERATOR_LIMITS.find((limit) => limit === name)
    if (known === undefined || known in read) return undefined
    read[known] = Number(value)
  }
  return read
}

/** Exactly as a browser writes it: nothing but scheme, host and a port that is not the usual one. */
function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { origin, protocol } = new URL(text)
  return origin === text && (protocol === 'http:' || protocol === 'https:')
}

/** Keys that came over a network without TLS could be anybody's. */
function isKeyAddress(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname } = new URL(text)
  return (
    protocol === 'https:' || (protocol === 'http:' && (hostname === '127.0.0.1' || hostname === 'localhost'))
  )
}
