/**
 * An error as a page, for a person whose browser has asked for one: what is wrong in plain words, and the way home. Programs are
 * answered with JSON. Needs nothing of the web app, but looks like it where that is built.
 */
import type { CometpadError } from '@cometpad/shared'
import type { FastifyRequest } from 'fastify'

/** Does somebody look at a page? What lies under /v1/ is for programs, also when a browser opens it. */
export function asksForPage({ url, headers: { accept = '' } }: FastifyRequest): boolean {
  return accept.includes('text/html') && !url.startsWith('/v1/')
}

export function errorPage(code: CometpadError['code'], sentence: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>${code === 'NOT_FOUND' ? 'Not found' : 'That did not work'} · Cometpad</title>
    <link rel="icon" href="/icon.svg" type="image/svg+xml" />
    <link rel="stylesheet" href="/message.css" />
  </head>
  <body>
    <main>
      <h1>${code === 'NOT_FOUND' ? 'There is nothing here' : 'That did not work'}</h1>
      <p>${escaped(sentence)}</p>
      <p><a href="/">All documents</a></p>
    </main>
  </body>
</html>
`
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`)
}
