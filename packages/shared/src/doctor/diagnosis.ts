/** From what the probes have seen to what works, what does not, and what to change. Pure: the same sight, the same words. */
import { limits } from '../limits.ts'
import { adviceOn } from './advice.ts'
import type { EmbedSeen, MoreSeen, Observations, ServerSeen } from './observations.ts'

/** `worse`: editing works, and would work better. */
export type Verdict = 'good' | 'worse' | 'bad'

export interface Finding {
  readonly check: 'server' | keyof MoreSeen | 'clock'
  readonly verdict: Verdict
  /** One line that says what was seen. */
  readonly text: string
  /** What to change, one line each. */
  readonly advice: readonly string[]
}

export interface Diagnosis {
  readonly verdict: Verdict
  /** The best transport that works here; undefined: none. */
  readonly transport: 'ws' | 'stream' | 'poll' | undefined
  readonly summary: string
  readonly findings: readonly Finding[]
}

/** Tokens are believed for some time more than they say; beyond that a wrong clock locks people out. */
const SKEW_MS = 30_000

export function diagnose({ server, more }: Observations): Diagnosis {
  if (server.state !== 'there' || more === undefined)
    return {
      verdict: 'bad',
      transport: undefined,
      summary: 'Editing does not work: the server cannot be used from here.',
      findings: [serverFinding(server)],
    }
  const findings = [serverFinding(server), ...findingsOf(more, server.via), clockFinding(server.skewMs)]
  const transport =
    more.socket.state === 'works'
      ? 'ws'
      : more.stream.state === 'flows'
        ? 'stream'
        : pollWorks(more)
          ? 'poll'
          : undefined
  const isWhole = findings.every(({ verdict }) => verdict === 'good')
  return {
    verdict: transport === undefined ? 'bad' : isWhole ? 'good' : 'worse',
    transport,
    summary: summaryOf(transport),
    findings,
  }
}

/** The findings that can be told from a part of the sight, so that a page can show them as they come. */
export function findingsOf(seen: Partial<MoreSeen>, via: string): Finding[] {
  const { socket, stream, hold, size, host, embed } = seen
  return [
    ...(socket === undefined ? [] : [socketFinding(socket, seen, via)]),
    ...(stream === undefined ? [] : [streamFinding(stream, via)]),
    ...(hold === undefined ? [] : [holdFinding(hold, via)]),
    ...(size === undefined ? [] : [sizeFinding(size, via)]),
    ...(host === undefined ? [] : [hostFinding(host, via)]),
    ...(embed === undefined ? [] : [embedFinding(embed, via)]),
  ]
}

function pollWorks({ hold, size }: MoreSeen): boolean {
  // A poll that is cut while nothing happens still brings what happens before.
  return hold.state === 'held' || (hold.afterMs >= limits.shortestHoldMs && size.state === 'fits')
}

function summaryOf(transport: Diagnosis['transport']): string {
  switch (transport) {
    case 'ws':
      return 'Editing is live here, over WebSocket.'
    case 'stream':
      return 'Editing is live here, over HTTP: WebSockets do not work.'
    case 'poll':
      return 'Editing works here with requests that wait: neither WebSockets nor streams work.'
    case undefined:
      return 'Editing does not work here: neither WebSockets nor HTTP requests that wait get through.'
  }
}

function serverFinding(server: ServerSeen): Finding {
  const check = 'server'
  switch (server.state) {
    case 'there':
      return good(check, `The server answers in ${ms(server.roundTripMs)}.`)
    case 'unreachable':
      return bad(check, `The server cannot be reached: ${server.why}.`, [
        'Check the address, and that the server runs.',
      ])
    case 'refused':
      return bad(
        check,
        `The server refuses this page (${server.status} ${server.code}).`,
        server.code === 'ORIGIN_NOT_ALLOWED'
          ? ['Cometpad: add the origin of the page to COMETPAD_ORIGINS.', ...adviceOn('host', '')]
          : [],
      )
    case 'foreign':
      return bad(check, `Something else answers at this address (status ${server.status}, ${server.type}).`, [
        'Check the address. In a foreign network its sign-in page may stand in between.',
        'The proxy has to pass /v1/ to Cometpad as it is.',
      ])
  }
}

function socketFinding(
  socket: MoreSeen['socket'],
  { host, stream }: Partial<MoreSeen>,
  via: string,
): Finding {
  // What holds back a stream holds back what comes through a WebSocket as well.
  const silence = stream?.state === 'held-back' ? 'buffering' : 'upgrade'
  const check = 'socket'
  switch (socket.state) {
    case 'works':
      return good(
        check,
        `WebSockets work: open after ${ms(socket.openMs)}, and still after ${s(socket.idleMs)} of silence.`,
      )
    case 'refused': {
      const { status, code } = socket
      if (code === 'ORIGIN_NOT_ALLOWED')
        return worse(
          check,
          'WebSockets are refused: the server takes its own pages for those of another site.',
          adviceOn('host', via),
        )
      if (code === 'UPGRADE_REQUIRED')
        return worse(
          check,
          'WebSockets do not get through: the request arrives without its header Upgrade.',
          adviceOn('upgrade', via),
        )
      if (status === undefined)
        return worse(
          check,
          'WebSockets do not open. A page is not told why: "cometpad doctor --url …" in a shell says it.',
          adviceOn(host?.state === 'changed' ? 'host' : 'upgrade', via),
        )
      return worse(
        check,
        `WebSockets are refused on the way, with status ${status}${code === undefined ? '' : ` ${code}`}.`,
        adviceOn('upgrade', via),
      )
    }
    case 'unanswered':
      return worse(
        check,
        `WebSockets are swallowed: no answer within ${s(socket.afterMs)}.`,
        adviceOn(silence, via),
      )
    case 'mute':
      return worse(
        check,
        'A WebSocket opens, and what is sent through it does not arrive.',
        adviceOn(silence, via),
      )
    case 'cut':
      return worse(
        check,
        `A WebSocket is cut after ${s(socket.afterMs)} of silence.`,
        adviceOn('timeouts', via),
      )
  }
}

function streamFinding(stream: MoreSeen['stream'], via: string): Finding {
  const check = 'stream'
  switch (stream.state) {
    case 'flows':
      return good(
        check,
        `Streams flow: first byte after ${ms(stream.firstMs)}, the next one ${s(stream.gapMs)} later.`,
      )
    case 'held-back':
      return worse(
        check,
        `Streams are held back: what was sent a second apart came together, after ${s(stream.firstMs)}.`,
        adviceOn('buffering', via),
      )
    case 'broken':
      return worse(check, `Streams break${statusIn(stream.status)}.`, adviceOn('buffering', via))
  }
}

function holdFinding(hold: MoreSeen['hold'], via: string): Finding {
  const check = 'hold'
  if (hold.state === 'held')
    return good(check, `Requests may wait: answered after ${s(hold.ms)}, as they should be.`)
  return worse(
    check,
    `Requests that wait are ended after ${s(hold.afterMs)}${statusIn(hold.status)}.`,
    adviceOn('timeouts', via),
  )
}

function sizeFinding(size: MoreSeen['size'], via: string): Finding {
  const check = 'size'
  const mib = (size.bytes / 1_048_576).toFixed(1)
  if (size.state === 'fits') return good(check, `Large changes get through: ${mib} MiB in one request.`)
  return worse(
    check,
    `Large changes do not get through over HTTP: ${mib} MiB are refused${statusIn(size.status)}.`,
    adviceOn('size', via),
  )
}

function hostFinding(host: MoreSeen['host'], via: string): Finding {
  const check = 'host'
  if (host.state === 'kept') return good(check, 'The proxy keeps the host: the server knows its own pages.')
  return worse(
    check,
    'The proxy changes the header Host: the server may take its own pages for those of another site.',
    adviceOn('host', via),
  )
}

function embedFinding(embed: EmbedSeen, via: string): Finding {
  const check = 'embed'
  switch (embed.state) {
    case 'allowed':
      return good(check, `Pages of ${embed.origin} may use this server.`)
    case 'unlisted':
      return bad(check, `Pages of ${embed.origin} may not use this server.`, [
        `Cometpad: add ${embed.origin} to COMETPAD_ORIGINS, exactly so, and restart it.`,
      ])
    case 'spoiled':
      return bad(
        check,
        `Pages of ${embed.origin} are allowed, but the header ${embed.header} arrives as "${embed.value}".`,
        adviceOn('headers', via),
      )
  }
}

function clockFinding(skewMs: number): Finding {
  const check = 'clock'
  const seconds = Math.round(Math.abs(skewMs) / 1_000)
  if (Math.abs(skewMs) <= SKEW_MS)
    return good(check, `The clocks agree to ${seconds < 1 ? 'less than a second' : `${seconds} s`}.`)
  return worse(check, `This clock is ${seconds} s ${skewMs > 0 ? 'ahead of' : 'behind'} the server's.`, [
    'Set both clocks by the network (NTP): sign-ins expire at the wrong time.',
  ])
}

function good(check: Finding['check'], text: string): Finding {
  return { check, verdict: 'good', text, advice: [] }
}

function worse(check: Finding['check'], text: string, advice: readonly string[]): Finding {
  return { check, verdict: 'worse', text, advice }
}

function bad(check: Finding['check'], text: string, advice: readonly string[]): Finding {
  return { check, verdict: 'bad', text, advice }
}

function statusIn(status: number | undefined): string {
  return status === undefined ? '' : ` (status ${status})`
}

function ms(value: number): string {
  return `${Math.max(1, Math.round(value))} ms`
}

function s(value: number): string {
  return `${(value / 1_000).toFixed(1)} s`
}
