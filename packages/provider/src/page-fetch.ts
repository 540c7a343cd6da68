/**
 * The fetch of a page. Where a request to another origin fails, a browser does not say why; this asks for the one answer that
 * every page may read, a refusal of its origin, and gives that instead. Knows nothing of what is fetched.
 */
import { DOCTOR_PATH } from '@cometpad/shared/doctor'
import type { Fetch } from './environment.ts'

/** @param pageOrigin `null` as a text where the page has none; undefined: no browser, which forbids nothing */
export function pageFetch(fetch: Fetch, pageOrigin: string | undefined): Fetch {
  if (pageOrigin === undefined) return fetch
  return async (url, init) => {
    try {
      return await fetch(url, init)
    } catch (cause) {
      const isOver = init.signal?.aborted === true || init.keepalive === true
      if (isOver || new URL(url).origin === pageOrigin) throw cause
      const refusal = await refusalOf(fetch, url, init.signal)
      if (refusal === undefined) throw cause
      return refusal
    }
  }
}

/** Asks without headers of ours: for those the browser would have to ask first, which is refused without a word. */
async function refusalOf(
  fetch: Fetch,
  url: string,
  signal: AbortSignal | null | undefined,
): Promise<Response | undefined> {
  try {
    const answer = await fetch(new URL(DOCTOR_PATH, url).href, { cache: 'no-store', signal: signal ?? null })
    if (answer.status === 403) return answer
    await answer.body?.cancel()
    return undefined
  } catch {
    // Not readable either: nobody is there, or something on the way forbids it.
    return undefined
  }
}
