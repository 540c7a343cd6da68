/**
 * What a share link in the address is worth: a token for everything that is asked of the server. Where the link has a password the token
 * is had for that, and kept for this tab.
 */
import { tokenOfShare } from '@cometpad/shared'
import { visit } from './api.ts'

/** The secret in `?share=`, if there is one. */
export function shareIn(search: string): string | undefined {
  const share = new URLSearchParams(search).get('share')
  return share === null || share === '' ? undefined : share
}

export function tokenOf(share: string): string {
  try {
    return sessionStorage.getItem(keyOf(share)) ?? tokenOfShare(share)
  } catch {
    // Storage may be forbidden: then the password is asked for again.
    return tokenOfShare(share)
  }
}

/** Gives the token. Rejects with an Error whose message can be shown. */
export async function enterPassword(documentId: string, share: string, password: string): Promise<string> {
  const { token } = await visit(documentId, share, password)
  try {
    sessionStorage.setItem(keyOf(share), token)
  } catch {
    // Forbidden or full: it lasts as long as the page.
  }
  return token
}

function keyOf(share: string): string {
  return `cometpad.visit.${share}`
}
