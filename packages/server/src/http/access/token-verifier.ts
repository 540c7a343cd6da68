/**
 * Signed tokens (JWT, RFC 7519; practice of RFC 8725): who signed, for whom, for which documents, as what, until when.
 * Claims are compared by value; a token that says less than it has to says nothing. Knows no request and no document.
 */
import { CometpadError, isRole } from '@cometpad/shared'
import type { Limits, Role } from '@cometpad/shared'
import { createRemoteJWKSet, errors, jwtVerify } from 'jose'
import type { JWTPayload, JWTVerifyGetKey, JWTVerifyOptions } from 'jose'

/** What a token says of its bearer. */
export interface Claims {
  readonly subject: string
  readonly name: string | undefined
  /** As `#rrggbb`. */
  readonly color: string | undefined
  /** An id, or a beginning of ids followed by `*`. */
  readonly documents: string
  readonly role: Role
  /** Milliseconds since 1970, UTC. */
  readonly expiresAt: number
}

export type TokenKeys = { readonly secret: string } | { readonly jwksUrl: string }

export interface TokenVerifierOptions {
  readonly keys: TokenKeys
  /** Empty: anything. */
  readonly issuer: string
  readonly audience: string
  /** Milliseconds since 1970, UTC. */
  readonly now: () => number
  readonly limits: Bounds
}

type Bounds = Pick<
  Limits,
  | 'tokenLength'
  | 'tokenClockSkewMs'
  | 'jwksTimeoutMs'
  | 'jwksCooldownMs'
  | 'jwksCacheMs'
  | 'subjectLength'
  | 'nameLength'
>

/** Throws UNAUTHORIZED, and STORE_UNAVAILABLE's like for keys that cannot be had: OVERLOADED, which is tried again. */
export type VerifyToken = (token: string) => Promise<Claims>

// Which algorithms a kind of key is for, so that a public key is never taken for a shared secret.
const SYMMETRIC = ['HS256']
const ASYMMETRIC = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
]
const COLOR = /^#[0-9a-f]{6}$/i

export function tokenVerifier({ keys, issuer, audience, now, limits }: TokenVerifierOptions): VerifyToken {
  const isShared = 'secret' in keys
  const key = isShared ? new TextEncoder().encode(keys.secret) : remoteKeys(keys.jwksUrl, limits)
  const options = (): JWTVerifyOptions => ({
    algorithms: isShared ? SYMMETRIC : ASYMMETRIC,
    requiredClaims: ['sub', 'exp', 'doc', 'role'],
    currentDate: new Date(now()),
    clockTolerance: limits.tokenClockSkewMs / 1_000,
    ...(issuer === '' ? {} : { issuer }),
    ...(audience === '' ? {} : { audience }),
  })
  return async (token) => {
    if (token.length > limits.tokenLength) throw refused('The token is too long.')
    try {
      const { payload } =
        typeof key === 'function'
          ? await jwtVerify(token, key, options())
          : await jwtVerify(token, key, options())
      return claimsIn(payload, limits)
    } catch (cause) {
      throw explained(cause)
    }
  }
}

/**
 * What an embedding program says of whoever sent a token: the claims of a signed one by their names. Undefined: the token is
 * nobody's. Rejects when that cannot be told at present; the client tries again.
 */
export type ReadToken = (token: string) => Promise<TokenClaims | undefined>

export interface TokenClaims {
  readonly sub: string
  readonly name?: string
  /** As `#rrggbb`. */
  readonly color?: string
  /** An id, or a beginning of ids followed by `*`. */
  readonly doc: string
  readonly role: Role
  /** Seconds since 1970, UTC. */
  readonly exp: number
}

/** Asks the embedding program in the place of a key. */
export function verifierBy(
  read: ReadToken,
  { now, limits }: Pick<TokenVerifierOptions, 'now' | 'limits'>,
): VerifyToken {
  return async (token) => {
    if (token.length > limits.tokenLength) throw refused('The token is too long.')
    const said = await read(token).catch((cause: unknown) => {
      throw new CometpadError('KEYS_UNAVAILABLE', { cause })
    })
    if (said === undefined) throw refused('The token is nobody’s here.')
    const claims = claimsIn({ ...said }, limits)
    if (claims.expiresAt <= now()) throw refused('The token has expired.')
    return claims
  }
}

/** Fetched when first needed, kept, and fetched again at most every `jwksCooldownMs` when a token names an unknown key. */
function remoteKeys(url: string, limits: Bounds): JWTVerifyGetKey {
  return createRemoteJWKSet(new URL(url), {
    timeoutDuration: limits.jwksTimeoutMs,
    cooldownDuration: limits.jwksCooldownMs,
    cacheMaxAge: limits.jwksCacheMs,
  })
}

function claimsIn({ sub, exp, name, color, doc, role }: JWTPayload, limits: Bounds): Claims {
  if (typeof sub !== 'string' || sub === '' || sub.length > limits.subjectLength)
    throw refused('The claim "sub" has to be a text that is not empty.')
  if (typeof exp !== 'number') throw refused('The claim "exp" has to be a number.')
  if (typeof doc !== 'string' || doc === '')
    throw refused('The claim "doc" has to be a document id or a pattern.')
  if (typeof role !== 'string' || !isRole(role))
    throw refused('The claim "role" has to be one of the four roles.')
  return {
    subject: sub,
    name: typeof name === 'string' ? name.slice(0, limits.nameLength) : undefined,
    color: typeof color === 'string' && COLOR.test(color) ? color : undefined,
    documents: doc,
    role,
    expiresAt: exp * 1_000,
  }
}

function explained(cause: unknown): CometpadError {
  if (cause instanceof CometpadError) return cause
  if (cause instanceof errors.JWTExpired) return refused('The token has expired.', cause)
  if (cause instanceof errors.JWTClaimValidationFailed)
    return refused(
      `The claim "${cause.claim}" of the token is missing or not what this server asks for.`,
      cause,
    )
  // Keys that cannot be fetched say nothing against the token.
  if (
    cause instanceof errors.JWKSTimeout ||
    cause instanceof errors.JWKSInvalid ||
    !(cause instanceof errors.JOSEError)
  )
    return new CometpadError('KEYS_UNAVAILABLE', { cause })
  return refused('The token is not signed by whom this server trusts.', cause)
}

function refused(detail: string, cause?: unknown): CometpadError {
  return new CometpadError('UNAUTHORIZED', { detail, cause })
}
