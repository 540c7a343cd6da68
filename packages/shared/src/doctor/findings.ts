/** What each probe has seen, in words: what has become of it, what that means for people, and what to change. Pure. */
import { adviceOn } from './advice.ts'
import type { Advice } from './advice.ts'
import type { EmbedSeen, MoreSeen, ServerSeen, Sight } from './observations.ts'

/** `worse`: editing works, and would work better. */
export type Verdict = 'good' | 'worse' | 'bad'

export interface Finding {
  readonly check: 'server' | keyof MoreSeen | 'clock'
  readonly verdict: Verdict
  /** What has become of it, in a word or two. */
  readonly word: string
  /** One line that says what was seen. */
  readonly text: string
  /** What it means for those who edit; empty where it is good. */
  readonly meaning: string
  readonly advice: readonly Advice[]
}

/** Tokens are believed for some time more than they say; beyond that a wrong clock locks people out. */
const SKEW_MS = 30_000

/** What can be said of so much of the sight: a page shows it as it comes. */
export function findingsOf(sight: Sight): Finding[] {
  const { server, socket, stream, hold, size, host, embed } = sight
  const via = server?.state === 'there' ? server.via : ''
  return [
    ...(server === undefined ? [] : [serverFinding(server)]),
    ...(socket === undefined ? [] : [socketFinding(socket, sight, via)]),
    ...(stream === undefined ? [] : [streamFinding(stream, via)]),
    ...(hold === undefined ? [] : [holdFinding(hold, via)]),
    ...(size === undefined ? [] : [sizeFinding(size, via)]),
    ...(host === undefined ? [] : [hostFinding(host, via)]),
    ...(embed === undefined ? [] : [embedFinding(embed, via)]),
    ...(server?.state === 'there' ? [clockFinding(server.skewMs)] : []),
  ]
}

function serverFinding(server: ServerSeen): Finding {
  const check = 'server'
  const meaning = 'Nothing can be opened or saved from here.'
  switch (server.state) {
    case 'there':
      return good(check, `The server answers in ${ms(server.roundTripMs)}.`)
    case 'unreachable':
      return {
        check,
        verdict: 'bad',
        word: 'no answer',
        text: `The server cannot be reached: ${server.why}.`,
        meaning,
        advice: [todo('Check the address, and that the server runs.')],
      }
    case 'refused':
      return {
        check,
        verdict: 'bad',
        word: 'refused',
        text: `The server refuses this page (${server.status} ${server.code}).`,
        meaning,
        advice:
          server.code === 'ORIGIN_NOT_ALLOWED'
            ? [todo('Cometpad: add the origin of the page to COMETPAD_ORIGINS.'), ...adviceOn('host', '')]
            : [],
      }
    case 'foreign':
      return {
        check,
        verdict: 'bad',
        word: 'not ours',
        text: sendsOn(server.status)
          ? 'Something else answers at this address, and sends on to another one: a sign-in page?'
          : `Something else answers at this address (status ${server.status}, ${server.type}).`,
        meaning,
        advice: [
          todo('Check the address. In a foreign network its sign-in page may stand in between.'),
          todo('The proxy has to pass /v1/ to Cometpad as it is.'),
        ],
      }
  }
}

/** No word against the way, of which nothing was seen. */
function busyFinding(check: Finding['check']): Finding {
  return {
    check,
    verdict: 'worse',
    word: 'not asked',
    text: 'The server had no room for this check: too many of them run at the same time.',
    meaning: '',
    advice: [todo('Try it again in a minute.')],
  }
}

function socketFinding(socket: MoreSeen['socket'], { host, stream, hold }: Sight, via: string): Finding {
  // What holds back a stream holds back what comes through a WebSocket as well.
  const silence = stream?.state === 'held-back' ? 'buffering' : 'upgrade'
  const worse = (word: string, text: string, advice: readonly Advice[]): Finding => ({
    check: 'socket',
    verdict: 'worse',
    word,
    text,
    meaning:
      socket.state === 'cut'
        ? 'When nobody types for a while the connection breaks and is made anew; nothing is lost.'
        : 'Changes take a detour over HTTP; nothing is lost.',
    advice,
  })
  switch (socket.state) {
    case 'works':
      return good(
        'socket',
        `WebSockets work: open after ${ms(socket.openMs)}, and still after ${s(socket.idleMs)} of silence.`,
      )
    case 'refused': {
      const { status, code } = socket
      // A page is not told the code; that of a request at the same time is as good.
      const isBusy = stream?.state === 'busy' || hold?.state === 'busy'
      if (code === 'OVERLOADED' || (status === undefined && isBusy)) return busyFinding('socket')
      if (code === 'ORIGIN_NOT_ALLOWED')
        return worse(
          'refused',
          'WebSockets are refused: the server takes its own pages for those of another site.',
          adviceOn('host', via),
        )
      if (code === 'UPGRADE_REQUIRED')
        return worse(
          'blocked',
          'WebSockets do not get through: the request arrives without its header Upgrade.',
          adviceOn('upgrade', via),
        )
      if (status === undefined)
        return worse(
          'blocked',
          'WebSockets do not open. A page is not told why: "cometpad doctor --url …" in a shell says it.',
          adviceOn(host?.state === 'changed' ? 'host' : 'upgrade', via),
        )
      return worse(
        'blocked',
        `WebSockets are refused on the way, with status ${status}${code === undefined ? '' : ` ${code}`}.`,
        adviceOn('upgrade', via),
      )
    }
    case 'unanswered':
      return worse(
        'blocked',
        `WebSockets are swallowed: no answer within ${s(socket.afterMs)}.`,
        adviceOn(silence, via),
      )
    case 'mute':
      return worse(
        'held back',
        'A WebSocket opens, and what is sent through it does not arrive.',
        adviceOn(silence, via),
      )
    case 'cut':
      return worse(
        'cut off',
        `A WebSocket is cut after ${s(socket.afterMs)} of silence.`,
        adviceOn('timeouts', via),
      )
  }
}

function streamFinding(stream: MoreSeen['stream'], via: string): Finding {
  const check = 'stream'
  const meaning = 'Where WebSockets do not work either, what others type comes in small steps.'
  const advice = adviceOn('buffering', via)
  switch (stream.state) {
    case 'busy':
      return busyFinding(check)
    case 'flows':
      return good(
        check,
        `Streams flow: first byte after ${ms(stream.firstMs)}, the next one ${s(stream.gapMs)} later.`,
      )
    case 'held-back':
      return {
        check,
        verdict: 'worse',
        word: 'held back',
        text: `Streams are held back: what was sent a second apart came together, after ${s(stream.firstMs)}.`,
        meaning,
        advice,
      }
    case 'broken':
      return {
        check,
        verdict: 'worse',
        word: 'cut off',
        text: `Streams break${statusIn(stream.status)}.`,
        meaning,
        advice,
      }
  }
}

function holdFinding(hold: MoreSeen['hold'], via: string): Finding {
  const check = 'hold'
  if (hold.state === 'busy') return busyFinding(check)
  if (hold.state === 'held')
    return good(check, `Requests may wait: answered after ${s(hold.ms)}, as they should be.`)
  return {
    check,
    verdict: 'worse',
    word: 'cut off',
    text: `Requests that wait are ended after ${s(hold.afterMs)}${statusIn(hold.status)}.`,
    meaning: 'When nobody types for a while the connection breaks and is made anew; nothing is lost.',
    advice: adviceOn('timeouts', via),
  }
}

function sizeFinding(size: MoreSeen['size'], via: string): Finding {
  const check = 'size'
  const mib = (size.bytes / 1_048_576).toFixed(1)
  if (size.state === 'fits') return good(check, `Large changes get through: ${mib} MiB in one request.`)
  return {
    check,
    verdict: 'worse',
    word: 'blocked',
    text: `Large changes do not get through over HTTP: ${mib} MiB are refused${statusIn(size.status)}.`,
    meaning: 'Where WebSockets do not work, a large paste cannot be saved.',
    advice: adviceOn('size', via),
  }
}

function hostFinding(host: MoreSeen['host'], via: string): Finding {
  const check = 'host'
  if (host.state === 'kept') return good(check, 'The proxy keeps the host: the server knows its own pages.')
  return {
    check,
    verdict: 'worse',
    word: 'changed',
    text: 'The proxy changes the header Host: the server may take its own pages for those of another site.',
    meaning: 'What is taken for another site is refused, WebSockets first.',
    advice: adviceOn('host', via),
  }
}

function embedFinding(embed: EmbedSeen, via: string): Finding {
  const check = 'embed'
  const meaning = 'An editor in those pages cannot connect.'
  switch (embed.state) {
    case 'allowed':
      return good(check, `Pages of ${embed.origin} may use this server.`)
    case 'unlisted':
      return {
        check,
        verdict: 'bad',
        word: 'not listed',
        text: `Pages of ${embed.origin} may not use this server.`,
        meaning,
        advice: [todo(`Cometpad: add ${embed.origin} to COMETPAD_ORIGINS, exactly so, and restart it.`)],
      }
    case 'spoiled':
      return {
        check,
        verdict: 'bad',
        word: 'spoiled',
        text: `Pages of ${embed.origin} are allowed, but the header ${embed.header} arrives as "${embed.value}".`,
        meaning,
        advice: adviceOn('headers', via),
      }
  }
}

function clockFinding(skewMs: number): Finding {
  const check = 'clock'
  const seconds = Math.round(Math.abs(skewMs) / 1_000)
  if (Math.abs(skewMs) <= SKEW_MS)
    return good(check, `The clocks agree to ${seconds < 1 ? 'less than a second' : `${seconds} s`}.`)
  return {
    check,
    verdict: 'worse',
    word: 'wrong',
    text: `This clock is ${seconds} s ${skewMs > 0 ? 'ahead of' : 'behind'} the server's.`,
    meaning: 'Sign-ins are refused, or end at the wrong time.',
    advice: [todo('Set both clocks by the network (NTP).')],
  }
}

function good(check: Finding['check'], text: string): Finding {
  return { check, verdict: 'good', word: 'works', text, meaning: '', advice: [] }
}

function sendsOn(status: number): boolean {
  return status === 0 || (status >= 300 && status < 400)
}

function todo(what: string): Advice {
  return { kind: 'do', what }
}

function statusIn(status: number | undefined): string {
  return status === undefined ? '' : ` (status ${status})`
}

function ms(value: number): string {
  return value < 1_000 ? `${Math.max(1, Math.round(value))} ms` : s(value)
}

function s(value: number): string {
  return `${(value / 1_000).toFixed(1)} s`
}
