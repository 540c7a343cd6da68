import { errorTable } from '@cometpad/shared'
import { DOCTOR_PATH } from '@cometpad/shared/doctor'
import { expect, test } from 'vitest'
import { pageFetch } from './page-fetch.ts'

const PAGE = 'https://www.example'
const SERVER = 'https://pad.example'
const DOCUMENT = `${SERVER}/v1/yjs/docs/notes`
const WHY = `${SERVER}${DOCTOR_PATH}`
const FAILED = new TypeError('Failed to fetch')

/** A network as a browser shows it to a page: what is not in `answers` fails without a reason. */
function network(answers: Readonly<Record<string, Response>>): {
  readonly asked: { readonly url: string; readonly init: RequestInit }[]
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
} {
  const asked: { url: string; init: RequestInit }[] = []
  return {
    asked,
    fetch: async (url, init) => {
      asked.push({ url, init })
      const answer = answers[url]
      if (answer === undefined) throw FAILED
      return answer
    },
  }
}

function refusal(): Response {
  const { status, text } = errorTable.ORIGIN_NOT_ALLOWED
  return Response.json({ error: { code: 'ORIGIN_NOT_ALLOWED', message: text } }, { status })
}

test('[OR5] a page that is refused for its origin is told so, by a question that needs no preflight', async () => {
  const { fetch, asked } = network({ [WHY]: refusal() })
  const { signal } = new AbortController()
  const headers = { 'cometpad-client': 'x' }
  const answer = await pageFetch(fetch, PAGE)(DOCUMENT, { method: 'POST', headers, body: 'x', signal })
  expect(answer.status).toBe(403)
  expect(await answer.json()).toMatchObject({ error: { code: 'ORIGIN_NOT_ALLOWED' } })
  expect(asked.map(({ url }) => url)).toEqual([DOCUMENT, WHY])
  expect(asked[1]?.init).toEqual({ cache: 'no-store', signal })
})

test('[OR5] what is no refusal of the origin stays the failure it was, and is not asked about again', async () => {
  for (const answers of [{}, { [WHY]: Response.json({ product: 'cometpad' }) }]) {
    const { fetch, asked } = network(answers)
    await expect(pageFetch(fetch, PAGE)(DOCUMENT, {})).rejects.toBe(FAILED)
    expect(asked).toHaveLength(2)
  }
})

test('[OR5] nothing is asked where a browser hides nothing, or nobody waits for the answer', async () => {
  const given = new AbortController()
  given.abort()
  for (const [origin, init] of [
    [SERVER, {}],
    [undefined, {}],
    [PAGE, { signal: given.signal }],
    [PAGE, { keepalive: true }],
  ] as const) {
    const { fetch, asked } = network({ [WHY]: refusal() })
    await expect(pageFetch(fetch, origin)(DOCUMENT, init)).rejects.toBe(FAILED)
    expect(asked).toHaveLength(1)
  }
  const { fetch, asked } = network({ [DOCUMENT]: Response.json({}) })
  expect((await pageFetch(fetch, PAGE)(DOCUMENT, {})).status).toBe(200)
  expect(asked).toHaveLength(1)
})
