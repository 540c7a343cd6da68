/**
 * The secrets of share links: how they are drawn, kept as hashes, and compared in constant time. A link's token is
 * `share~{linkId}~{secret}`, and `~{proof}` behind it once its password was given: the proof is derived from the password, so that
 * it is derived once for a visitor and not for each request. Knows no documents.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { CometpadError, shareOfToken, tokenOfShare } from '@cometpad/shared'
import { isExpired } from '../../core/ports.ts'
import type { ShareLink } from '../../core/ports.ts'

const FORM = /^([A-Za-z0-9_-]{11})~([A-Za-z0-9_-]{32})(?:~([A-Za-z0-9_-]{43}))?$/
const ID_BYTES = 8
const SECRET_BYTES = 24
/** What a link that is not there is compared with, so that it takes as long. */
const NO_HASH = hashOf('')

/** What a visitor brings. */
export interface LinkToken {
  readonly linkId: string
  readonly secret: string
  readonly proof: string | undefined
}

export function isLinkToken(token: string): boolean {
  return shareOfToken(token) !== undefined
}

/** Undefined: it has another form. */
export function readLinkToken(token: string): LinkToken | undefined {
  const [, linkId, secret, proof] = FORM.exec(shareOfToken(token) ?? '') ?? []
  return linkId === undefined || secret === undefined ? undefined : { linkId, secret, proof }
}

export function writeLinkToken({ linkId, secret, proof }: LinkToken): string {
  return tokenOfShare([linkId, secret, ...(proof === undefined ? [] : [proof])].join('~'))
}

export function drawLink(): {
  readonly linkId: string
  readonly secret: string
  readonly secretHash: string
} {
  const secret = randomBytes(SECRET_BYTES).toString('base64url')
  return { linkId: randomBytes(ID_BYTES).toString('base64url'), secret, secretHash: hashOf(secret) }
}

/** Throws LINK_INVALID: there is no such link, it has expired, or this is not its secret. */
export function checkSecret(link: ShareLink | undefined, secret: string, now: number): ShareLink {
  const isRight = isHashOf(secret, link?.secretHash ?? NO_HASH)
  if (link === undefined || !isRight || isExpired(link, now)) throw new CometpadError('LINK_INVALID')
  return link
}

/** Throws PASSWORD_REQUIRED where there is a password and this does not prove it. */
export function checkProof({ password }: ShareLink, proof: string | undefined): void {
  if (password !== undefined && (proof === undefined || !isHashOf(proof, password.proofHash)))
    throw new CometpadError('PASSWORD_REQUIRED')
}

export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}

export function isHashOf(secret: string, hash: string): boolean {
  const [given, kept] = [Buffer.from(hashOf(secret)), Buffer.from(hash)]
  return given.length === kept.length && timingSafeEqual(given, kept)
}
