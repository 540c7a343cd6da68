/** Which addresses a link may have in what the server reads and writes: those that no browser runs. */

const PROTOCOLS: ReadonlySet<string> = new Set(['http:', 'https:', 'mailto:'])
const URL_LENGTH = 2_048

/** The address as it is, or undefined when it is none that a link may have. */
export function safeLink(address: unknown): string | undefined {
  if (typeof address !== 'string') return undefined
  const trimmed = address.trim()
  if (trimmed.length > URL_LENGTH || /[\s\p{Cc}\p{Cs}\uFDD0\uFDD1]/u.test(trimmed) || !URL.canParse(trimmed))
    return undefined
  return PROTOCOLS.has(new URL(trimmed).protocol) ? trimmed : undefined
}
