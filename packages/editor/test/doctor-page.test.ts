import { limits } from '@cometpad/shared'
import { diagnose } from '@cometpad/shared/doctor'
import type { Sight } from '@cometpad/shared/doctor'
import { describe, expect, test } from 'vitest'
import { askedIn, originIn } from '../app/src/doctor/asked.ts'
import { begin, headlineOf, rowsOf } from '../app/src/doctor/checkup.ts'
import type { Checkup } from '../app/src/doctor/checkup.ts'
import { reportOf } from '../app/src/doctor/report.ts'

const server = { state: 'there', roundTripMs: 12, skewMs: 0, via: 'nginx/1.26' } as const
const more = {
  host: { state: 'kept' },
  socket: { state: 'refused' },
  stream: { state: 'flows', firstMs: 20, gapMs: 1_001 },
  hold: { state: 'held', ms: 25_010 },
  size: { state: 'fits', bytes: 1_114_112 },
  embed: undefined,
} as const
const { embed: _none, ...seen } = more
const asked = askedIn('')

/** A checkup that has ended. */
const ended: Checkup = {
  asked,
  sight: { server, ...seen },
  tookMs: { server: 14.2, socket: 31, hold: 25_010 },
  diagnosis: diagnose({ server, more }),
}

describe('what the address asks for', () => {
  test.each([
    ['', limits.pollHoldMs, undefined],
    ['?hold=2', 2_000, undefined],
    ['?hold=0&origin=', limits.pollHoldMs, undefined],
    ['?hold=56', limits.pollHoldMs, undefined],
    ['?hold=long', limits.pollHoldMs, undefined],
    ['?hold=&origin=https://www.example.org/wiki', limits.pollHoldMs, 'https://www.example.org'],
  ])('[DC5] "%s" is a silence of %d ms and the site %s', (search, holdMs, embeddedAt) => {
    expect(askedIn(search)).toEqual({ holdMs, embeddedAt })
  })

  test.each([
    ['https://www.example.org', 'https://www.example.org'],
    [' HTTPS://WWW.Example.ORG:443/a?b#c ', 'https://www.example.org'],
    ['http://intranet:8080/', 'http://intranet:8080'],
    ['www.example.org/page', 'https://www.example.org'],
    ['localhost:3000', 'https://localhost:3000'],
    ['ftp://example.org', undefined],
    ['javascript://alert(1)', undefined],
    ['not a site', undefined],
    ['', undefined],
  ])('[DC5] "%s" is typed for the origin %s', (typed, origin) => {
    expect(originIn(typed)).toBe(origin)
  })
})

describe('the rows', () => {
  const looks = (checkup: Checkup): string[] => rowsOf(checkup).map(({ check, look }) => `${check} ${look}`)

  test('[DC5] wait for the server, run side by side, and end one by one', () => {
    expect(looks(begin(asked))).toEqual([
      'server runs',
      'socket waits',
      'stream waits',
      'hold waits',
      'size waits',
      'host waits',
      'embed skipped',
      'clock waits',
    ])
    const sight: Sight = { server, socketOpenMs: 12, stream: seen.stream }
    expect(rowsOf({ ...begin(asked), sight })[1]?.text).toMatch(/^Open after 12 ms, and it carries\./)
    expect(looks({ ...begin(asked), sight })).toEqual([
      'server good',
      'socket runs',
      'stream good',
      'hold runs',
      'size runs',
      'host runs',
      'embed skipped',
      'clock good',
    ])
    expect(looks(ended).filter((row) => !row.endsWith('good'))).toEqual(['socket worse', 'embed skipped'])
  })

  test('[DC5] say what was not tried, and nothing else of it', () => {
    const gone = { state: 'unreachable', why: 'no answer comes' } as const
    const rows = rowsOf({
      ...begin({ ...asked, embeddedAt: 'https://www.example.org' }),
      sight: { server: gone },
      diagnosis: diagnose({ server: gone, more: undefined }),
    })
    expect(rows.map(({ word }) => word)).toEqual([
      'no answer',
      ...Array.from({ length: 7 }, () => 'not asked'),
    ])
    expect(rows.every(({ check, advice }) => check === 'server' || advice.length === 0)).toBe(true)
  })

  test('[DC3, DC5] name the time they took and the lines of the proxy that answered', () => {
    const [first, socket] = rowsOf(ended)
    expect(first?.time).toBe('14 ms')
    expect(socket).toMatchObject({ word: 'blocked', time: '31 ms', title: 'WebSockets' })
    expect(socket?.meaning).not.toBe('')
    const proxies = socket?.advice.map((each) => (each.kind === 'do' ? '' : each.proxy))
    expect(new Set(proxies)).toEqual(new Set(['nginx']))
  })
})

test('[DC5] the sentence above says what is done, and in the end how editing works', () => {
  expect(headlineOf(begin(asked))).toEqual({ look: 'runs', text: 'Looking for the server…' })
  expect(headlineOf({ ...begin(asked), sight: { server } }).text).toContain('25 s')
  const soFar = (sight: Sight): string => headlineOf({ ...begin(asked), sight: { server, ...sight } }).text
  expect(soFar({ socketOpenMs: 12 })).toMatch(/^So far editing is live here, over WebSocket\./)
  expect(soFar({ socketOpenMs: 12, socket: { state: 'cut', afterMs: 40 } })).not.toContain('So far')
  expect(soFar({ socket: { state: 'refused' } })).not.toContain('So far')
  expect(soFar({ socket: { state: 'refused' }, stream: seen.stream })).toMatch(
    /^So far .* over a held stream\./,
  )
  expect(headlineOf(ended)).toEqual({
    look: 'worse',
    text: 'Editing works here, over a held stream; WebSockets are blocked by something between you and the server.',
  })
})

test('[DC5] the text for a mail has all that the page shows', () => {
  const text = reportOf(ended, {
    address: 'https://pad.example.org',
    browser: 'Browser/1',
    protocol: 'h2',
    date: new Date(0),
  })
  const lines = text.split('\n')
  expect(lines[0]).toBe(headlineOf(ended).text)
  expect(lines).toContain('[ ok ] The server: works. The server answers in 12 ms.')
  expect(lines).toContain(
    '[ -- ] Pages of another site: not asked. Does another site embed the editor? Say below which one.',
  )
  expect(text).toContain('[warn] WebSockets: blocked. WebSockets do not open.')
  expect(text).toContain('       nginx: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;')
  expect(lines.slice(-7)).toEqual([
    'Server: https://pad.example.org',
    'Spoken: h2',
    'Answered by: nginx/1.26',
    'Silence tried: 25 s',
    'Browser: Browser/1',
    'Time: 1970-01-01T00:00:00.000Z',
    '',
  ])
})
