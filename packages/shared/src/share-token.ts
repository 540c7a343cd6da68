/** What stands behind `?share=` in the address of a link, as the token that it is worth. What is in it only the server knows. */
const PREFIX = 'share~'

export function tokenOfShare(share: string): string {
  return PREFIX + share
}

/** Undefined: this token came from no link. */
export function shareOfToken(token: string): string | undefined {
  return token.startsWith(PREFIX) ? token.slice(PREFIX.length) : undefined
}
