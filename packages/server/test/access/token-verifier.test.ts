import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SignJWT, exportJWK, generateKeyPair } from 'jose'
import type { CryptoKey, JWK } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { limits } from '@cometpad/shared'
import { tokenVerifier } from '../../src/http/access/token-verifier.ts'

const secret = 'a secret of more than thirty-two bytes'
const NOW = Date.UTC(2030, 0, 1)
const verify = tokenVerifier({ keys: { secret }, issuer: '', audience: '', now: () => NOW, limits })

const whole = { sub: 'ada', doc: 'notes', role: 'editor', exp: NOW / 1_000 + 60 }

function sign(claims: Record<string, unknown>, key = secret, alg = 'HS256'): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg }).sign(new TextEncoder().encode(key))
}

/** As somebody would write it who leaves the signing out. */
function unsigned(
  claims: Record<string, unknown>,
  header: Record<string, unknown> = { alg: 'none' },
): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part(header)}.${part(claims)}.`
}

async function refusal(token: string | Promise<string>, verifier = verify): Promise<string> {
  try {
    await verifier(await token)
    return 'accepted'
  } catch (cause) {
    return cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
  }
}

describe('a token', () => {
  it('[AC2] says who, where, as what and until when', async () => {
    const token = await sign({ ...whole, name: 'Ada Lovelace', color: '#0a0b0c' })
    expect(await verify(token)).toEqual({
      subject: 'ada',
      name: 'Ada Lovelace',
      color: '#0a0b0c',
      documents: 'notes',
      role: 'editor',
      expiresAt: NOW + 60_000,
    })
  })

  it.each([
    ['no subject', { sub: undefined }],
    ['an empty subject', { sub: '' }],
    ['a subject that is a number', { sub: 7 }],
    ['no end', { exp: undefined }],
    ['an end in the past', { exp: NOW / 1_000 - 10 }],
    ['an end that is a text', { exp: 'tomorrow' }],
    ['a beginning in the future', { nbf: NOW / 1_000 + 60 }],
    ['no document', { doc: undefined }],
    ['a list for a document', { doc: ['notes'] }],
    ['no role', { role: undefined }],
    ['a role that is not known', { role: 'admin' }],
    ['a role that is true', { role: true }],
    ['a role in capitals', { role: 'EDITOR' }],
    ['a role in a list', { role: ['editor'] }],
    ['a role named like a property of every object', { role: 'constructor' }],
  ])('[AC2] with %s is refused', async (_what, change) => {
    const claims = Object.fromEntries(
      Object.entries({ ...whole, ...change }).filter(([, value]) => value !== undefined),
    )
    expect(await refusal(sign(claims))).toBe('UNAUTHORIZED')
  })

  it('[AC2] that another key, no key, or another algorithm has signed is refused', async () => {
    expect(await refusal(sign(whole, 'another secret of thirty-two bytes!!'))).toBe('UNAUTHORIZED')
    expect(await refusal(sign(whole, `${secret}${secret}`, 'HS512'))).toBe('UNAUTHORIZED')
    expect(await refusal(unsigned(whole))).toBe('UNAUTHORIZED')
    expect(await refusal(unsigned(whole, { alg: 'HS256' }))).toBe('UNAUTHORIZED')
    expect(await refusal('')).toBe('UNAUTHORIZED')
    expect(await refusal('no.token')).toBe('UNAUTHORIZED')
    expect(await refusal('a'.repeat(limits.tokenLength + 1))).toBe('UNAUTHORIZED')
  })

  it('[AC2] is held against the bounds that were configured', async () => {
    const bounds = { ...limits, tokenLength: 50, subjectLength: 2 }
    const options = { keys: { secret }, issuer: '', audience: '', now: () => NOW }
    expect(await refusal(sign(whole), tokenVerifier({ ...options, limits: bounds }))).toBe('UNAUTHORIZED')
    const short = tokenVerifier({ ...options, limits: { ...bounds, tokenLength: 5_000 } })
    expect(await refusal(sign(whole), short)).toBe('UNAUTHORIZED')
    expect(await refusal(sign({ ...whole, sub: 'ab' }), short)).toBe('accepted')
  })

  it('[AC2] for another issuer or audience is refused', async () => {
    const strict = tokenVerifier({
      keys: { secret },
      issuer: 'shop',
      audience: 'pad',
      now: () => NOW,
      limits,
    })
    expect(await refusal(sign({ ...whole, iss: 'shop', aud: 'pad' }), strict)).toBe('accepted')
    expect(await refusal(sign({ ...whole, iss: 'other', aud: 'pad' }), strict)).toBe('UNAUTHORIZED')
    expect(await refusal(sign({ ...whole, iss: 'shop' }), strict)).toBe('UNAUTHORIZED')
  })

  it('[AC2] may name a colour that is none: it is left out', async () => {
    expect((await verify(await sign({ ...whole, color: 'red;background:url(x)' }))).color).toBeUndefined()
  })
})

describe('public keys', () => {
  let server: Server
  let keys: JWK[] = []
  let asked = 0
  let url = ''

  beforeAll(async () => {
    server = createServer((_request, response) => {
      asked += 1
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`
  })

  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve))
  })

  async function pair(kid: string, alg: string): Promise<{ sign: () => Promise<string>; jwk: JWK }> {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
    return {
      jwk: { ...(await exportJWK(publicKey)), kid, alg },
      sign: () => signWith(privateKey, kid, alg),
    }
  }

  function signWith(key: CryptoKey, kid: string, alg: string): Promise<string> {
    return new SignJWT(whole).setProtectedHeader({ alg, kid }).sign(key)
  }

  it.each(['RS256', 'ES256', 'EdDSA'])('[AC2] of %s check what their owner has signed', async (alg) => {
    const known = await pair(`known-${alg}`, alg)
    const stranger = await pair(`known-${alg}`, alg)
    keys = [known.jwk]
    const remote = tokenVerifier({ keys: { jwksUrl: url }, issuer: '', audience: '', now: () => NOW, limits })
    expect((await remote(await known.sign())).subject).toBe('ada')
    expect(await refusal(stranger.sign(), remote)).toBe('UNAUTHORIZED')
  })

  it('[AC2] are fetched once and kept, and a shared secret made of them signs nothing', async () => {
    const known = await pair('k1', 'RS256')
    keys = [known.jwk]
    const remote = tokenVerifier({ keys: { jwksUrl: url }, issuer: '', audience: '', now: () => NOW, limits })
    asked = 0
    for (let n = 0; n < 5; n += 1) await remote(await known.sign())
    expect(await refusal(sign(whole, String(known.jwk.n)), remote)).toBe('UNAUTHORIZED')
    expect(asked).toBe(1)
  })

  it('that cannot be had say nothing against a token', async () => {
    const remote = tokenVerifier({
      keys: { jwksUrl: 'http://127.0.0.1:1/keys' },
      issuer: '',
      audience: '',
      now: () => NOW,
      limits,
    })
    const known = await pair('k2', 'ES256')
    expect(await refusal(known.sign(), remote)).toBe('KEYS_UNAVAILABLE')
  })
})
