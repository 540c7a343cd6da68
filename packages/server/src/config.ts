/**
 * Flags, environment and file to one configuration, in this order of rank. Pure: it is given what it reads. A wrong
 * setting is one sentence that names it, where it came from, and what is allowed.
 */
import { CometpadError, limits } from '@cometpad/shared'
import { settings } from './settings.ts'
import type { Config, Setting } from './settings.ts'

export type { Config, LogLevel } from './settings.ts'

export interface ConfigSources {
  /** The words behind the command. */
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  /** Reads the file that --config or COMETPAD_CONFIG names. */
  readonly readFile: (path: string) => string
}

/** A text and where it was found. */
interface Given {
  readonly text: string
  readonly source: string
}

const CONFIG_FLAG = 'config'
const CONFIG_VARIABLE = 'COMETPAD_CONFIG'
const names = Object.keys(settings) as (keyof Config)[]

/** Throws CONFIG_INVALID. */
export function loadConfig({ argv, env, readFile }: ConfigSources): Config {
  const flags = readFlags(argv)
  const variables = readVariables(env)
  const path = flags.get(CONFIG_FLAG) ?? variables.get(CONFIG_FLAG)
  const file = path === undefined ? new Map<string, Given>() : readConfigFile(path, readFile)
  const config = Object.fromEntries(
    names.map((name) => [name, valueOf(name, flags.get(name) ?? variables.get(name) ?? file.get(name))]),
  ) as unknown as Config
  checkTogether(config)
  return Object.freeze(config)
}

function valueOf(name: keyof Config, given: Given | undefined): unknown {
  const setting: Setting<unknown> = settings[name]
  if (given === undefined) return setting.fallback
  const value = setting.read(given.text)
  if (value === undefined) {
    const what = setting.isSecret === true ? 'cannot be used' : `is "${given.text}"`
    throw invalid(`${given.source} ${what}, but has to be ${setting.allowed}.`)
  }
  return value
}

function checkTogether(config: Config): void {
  const { auth, host, allowOpen, tokenSecret, jwksUrl, tlsCert, tlsKey } = config
  const { headersMs, requestMs } = { ...limits, ...config.limits }
  if (headersMs > requestMs)
    throw invalid(
      `The limit headersMs (${headersMs}) is above requestMs (${requestMs}), but headers are a part of the request. Set both.`,
    )
  const keys = [tokenSecret, jwksUrl].filter((source) => source !== '').length
  if (auth === 'token' && keys !== 1)
    throw invalid(
      'With auth "token" say either --token-secret or --jwks-url: one of them, so that it is known who signs.',
    )
  if (auth === 'open' && keys > 0)
    throw invalid('A key for tokens means nothing with auth "open". Say --auth token, or leave the key out.')
  if ((tlsCert === '') !== (tlsKey === ''))
    throw invalid('TLS needs both --tls-cert and --tls-key: the certificate and its key.')
  if (auth === 'open' && !isLoopback(host) && !allowOpen)
    throw invalid(
      `Host "${host}" can be reached from other machines, and with auth "open" everybody there may edit every document. ` +
        'Listen on 127.0.0.1, or say --allow-open if that is meant.',
    )
}

/** Is it an address that only this machine reaches? */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host)
}

function readFlags(argv: readonly string[]): Map<string, Given> {
  const given = new Map<string, Given>()
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? ''
    const [, flag = '', , inline] = /^--([a-z-]+)(=(.*))?$/s.exec(word) ?? []
    const name = nameOfFlag(flag)
    if (name === undefined)
      throw invalid(`There is no flag "${word}".${suggestion(flag, knownFlags(), '--')}`)
    const isSwitch = name !== CONFIG_FLAG && settings[name].isSwitch === true
    const following = argv[index + 1]
    if (inline === undefined && !isSwitch) {
      if (following === undefined || following.startsWith('--'))
        throw invalid(`The flag --${flag} needs a value.`)
      index += 1
    }
    given.set(name, { text: inline ?? (isSwitch ? 'true' : (following ?? '')), source: `The flag --${flag}` })
  }
  return given
}

function readVariables(env: ConfigSources['env']): Map<string, Given> {
  const given = new Map<string, Given>()
  const known = [CONFIG_VARIABLE, ...names.map((name) => settings[name].variable)]
  for (const [variable, text] of Object.entries(env)) {
    if (!variable.startsWith('COMETPAD_') || text === undefined) continue
    if (!known.includes(variable))
      throw invalid(`There is no variable ${variable}.${suggestion(variable, known, '')}`)
    const name = names.find((candidate) => settings[candidate].variable === variable) ?? CONFIG_FLAG
    given.set(name, { text, source: `The variable ${variable}` })
  }
  return given
}

function readConfigFile(
  { text: path, source }: Given,
  readFile: ConfigSources['readFile'],
): Map<string, Given> {
  let content: unknown
  try {
    content = JSON.parse(readFile(path))
  } catch (cause) {
    throw new CometpadError('CONFIG_INVALID', {
      detail: `${source} names "${path}", which is no readable JSON file.`,
      cause,
    })
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content))
    throw invalid(`The file "${path}" has to hold one JSON object.`)
  const given = new Map<string, Given>()
  for (const [key, value] of Object.entries(content)) {
    if (!names.some((name) => name === key))
      throw invalid(`There is no setting "${key}" in the file "${path}".${suggestion(key, names, '')}`)
    given.set(key, { text: textOf(value), source: `"${key}" in the file "${path}"` })
  }
  return given
}

/** As it would stand in a variable. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.join(',')
  if (typeof value !== 'object' || value === null) return String(value)
  return Object.entries(value)
    .map(([name, of]) => `${name}=${String(of)}`)
    .join(',')
}

function nameOfFlag(flag: string): keyof Config | typeof CONFIG_FLAG | undefined {
  if (flag === CONFIG_FLAG) return CONFIG_FLAG
  return names.find((name) => settings[name].flag === flag)
}

function knownFlags(): string[] {
  return [CONFIG_FLAG, ...names.map((name) => settings[name].flag)]
}

function suggestion(word: string, known: readonly string[], prefix: string): string {
  const near = known.find((candidate) => distance(candidate.toLowerCase(), word.toLowerCase()) <= 2)
  return near === undefined
    ? ` Known are: ${known.map((name) => prefix + name).join(', ')}.`
    : ` Did you mean "${prefix}${near}"?`
}

/** How many letters have to be put in, taken out or changed to make one word of the other (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

function invalid(detail: string): CometpadError {
  return new CometpadError('CONFIG_INVALID', { detail })
}
