/**
 * Which tabs belong together: those with the same server, document and rights. The name tells nothing of a token. Believes
 * what a token says of itself without a check: who may not read hears so from the server before it hears anything of others.
 */
import { decodeUtf8, encodeUtf8 } from 'lib0/string'
import { fromBase64UrlEncoded, toBase64UrlEncoded } from 'lib0/buffer'
import { digest } from 'lib0/hash/sha256'
import type { TransportRequest } from '../transport.ts'
import { TAB_PROTOCOL } from './tab-message.ts'

type Claims = Readonly<Record<string, unknown>>

/** Claims that every token has of its own although the rights are the same. */
const OF_ONE_TOKEN = ['exp', 'iat', 'nbf', 'jti']

export function tabName({ server, documentId, token }: TransportRequest): string {
  const words = JSON.stringify([server, documentId, rightsOf(token)])
  return `cometpad:tabs:${TAB_PROTOCOL}:${toBase64UrlEncoded(digest(encodeUtf8(words)))}`
}

/** When the token ends, in milliseconds since 1970; undefined: it does not say. */
export function tokenEnd(token: string | undefined): number | undefined {
  const exp = claimsOf(token)?.['exp']
  return typeof exp === 'number' && Number.isFinite(exp) ? exp * 1_000 : undefined
}

function rightsOf(token: string | undefined): unknown {
  const claims = claimsOf(token)
  // Without a name, who it is cannot be seen: then only the very same token is the same.
  if (typeof claims?.['sub'] !== 'string') return token ?? null
  return Object.entries(claims).filter(([name]) => !OF_ONE_TOKEN.includes(name))
}

function claimsOf(token: string | undefined): Claims | undefined {
  const [, payload, signature] = token?.split('.') ?? []
  if (payload === undefined || signature === undefined) return undefined
  try {
    const claims: unknown = JSON.parse(decodeUtf8(fromBase64UrlEncoded(payload)))
    return typeof claims === 'object' && claims !== null ? (claims as Claims) : undefined
  } catch {
    return undefined
  }
}
