/** Tokens as a site signs them that has the secret of the server. */
import { SignJWT } from 'jose'

export const SECRET = 'a secret of more than thirty-two bytes'

export interface SignedClaims {
  readonly sub: string
  readonly doc: string
  readonly role: string
  readonly name?: string
  /** Seconds since 1970; default: in five minutes. */
  readonly exp?: number
}

export function signedToken(claims: SignedClaims): Promise<string> {
  return new SignJWT({ ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime(claims.exp ?? '5m')
    .sign(new TextEncoder().encode(SECRET))
}
