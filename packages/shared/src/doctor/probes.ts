/**
 * The probes: each asks the server for one thing and says what came of it. They run side by side, because the longest of
 * them waits as long as a poll may be held. Judge nothing; see findings.ts.
 */
import { HOLD_HEADER } from '../framed-http.ts'
import { limits } from '../limits.ts'
import { requestPatienceMs } from '../patience.ts'
import { DOCTOR_PATH, DOCTOR_TYPE, isDoctorFacts } from './contract.ts'
import type { DoctorFacts } from './contract.ts'
import type {
  EmbedSeen,
  HoldSeen,
  Observations,
  ServerSeen,
  Sight,
  SizeSeen,
  StreamSeen,
} from './observations.ts'
import type { Answer, DoctorPorts, Question } from './ports.ts'
import { probeSocket } from './probe-socket.ts'
import { codeIn, jsonIn, text, within } from './questions.ts'

export interface ProbeOptions {
  /** Host and port as the browser writes them. */
  readonly host: string
  /** A site whose pages embed the editor. */
  readonly embeddedAt?: string | undefined
  /** Can headers be set that browsers keep to themselves? Then the preflight is tried as well. */
  readonly canActAsBrowser: boolean
  /** How long a silence is tried. */
  readonly holdMs: number
  /** Called whenever one of the probes has ended. */
  readonly seen?: (seen: Sight) => void
}

/** Two signs of life that are this near to each other have been held back, and let go together. */
const TOGETHER_MS = limits.streamTickMs / 2
const STREAM_TRIES = 3
const SIZE_BYTES = limits.messageBytes + 64 * 1_024

export async function examine(ports: DoctorPorts, options: ProbeOptions): Promise<Observations> {
  const first = await probeServer(ports, options)
  const seen = options.seen ?? (() => undefined)
  seen({ server: first.server })
  if (first.facts === undefined) return { server: first.server, more: undefined }
  const host = { state: first.facts.isHostKept === false ? 'changed' : 'kept' } as const
  seen({ host })
  const [socket, stream, hold, size, embed] = await Promise.all([
    told(
      probeSocket(ports, options.holdMs, (socketOpenMs) => seen({ socketOpenMs })),
      (socket) => seen({ socket }),
    ),
    told(probeStream(ports), (stream) => seen({ stream })),
    told(probeHold(ports, options.holdMs), (hold) => seen({ hold })),
    told(probeSize(ports), (size) => seen({ size })),
    told(probeEmbed(ports, options, first.facts), (embed) => seen(embed === undefined ? {} : { embed })),
  ])
  return { server: first.server, more: { host, socket, stream, hold, size, embed } }
}

async function told<Seen>(probe: Promise<Seen>, tell: (seen: Seen) => void): Promise<Seen> {
  const seen = await probe
  tell(seen)
  return seen
}

interface FirstSight {
  readonly server: ServerSeen
  readonly facts: DoctorFacts | undefined
}

async function probeServer(ports: DoctorPorts, { host, embeddedAt }: ProbeOptions): Promise<FirstSight> {
  const query = `host=${encodeURIComponent(host)}${embeddedAt === undefined ? '' : `&origin=${encodeURIComponent(embeddedAt)}`}`
  const sight = (server: ServerSeen): FirstSight => ({ server, facts: undefined })
  try {
    // The first request pays for the connection; the second one measures the way.
    await within(ports, limits.connectMs, { path: DOCTOR_PATH }, text)
    const asked = ports.clock.now()
    return await within(ports, limits.connectMs, { path: `${DOCTOR_PATH}?${query}` }, async (answer) => {
      const roundTripMs = ports.clock.now() - asked
      const value = jsonIn(await text(answer))
      const code = codeIn(value)
      if (code !== undefined) return sight({ state: 'refused', status: answer.status, code })
      if (!isDoctorFacts(value))
        return sight({
          state: 'foreign',
          status: answer.status,
          type: answer.header('content-type') ?? 'no content type',
        })
      const skewMs = ports.wallTime() - roundTripMs / 2 - value.time
      const via = [answer.header('server'), answer.header('via')].filter(Boolean).join(', ')
      return { server: { state: 'there', roundTripMs, skewMs, via }, facts: value }
    })
  } catch (cause) {
    return sight({ state: 'unreachable', why: cause instanceof Error ? cause.message : String(cause) })
  }
}

/** Who holds back does it each time; a busy machine that reads both signs at once does not. */
async function probeStream(ports: DoctorPorts): Promise<StreamSeen> {
  let seen = await probeStreamOnce(ports)
  for (let tries = 1; tries < STREAM_TRIES && seen.state === 'held-back'; tries += 1)
    seen = await probeStreamOnce(ports)
  return seen
}

async function probeStreamOnce(ports: DoctorPorts): Promise<StreamSeen> {
  const { clock } = ports
  const asked = clock.now()
  let status: number | undefined
  try {
    return await within(ports, limits.connectMs, { path: `${DOCTOR_PATH}?live=stream` }, async (answer) => {
      status = answer.status
      if (status !== 200) return (await isBusy(answer)) ? { state: 'busy' } : { state: 'broken', status }
      const signs: number[] = []
      for (let bytes = await answer.read(); bytes !== undefined; bytes = await answer.read())
        // Each sign of life is one byte; several in one piece have come together.
        for (let index = 0; index < bytes.length; index += 1) signs.push(clock.now() - asked)
      const [firstMs, secondMs] = signs
      if (firstMs === undefined || secondMs === undefined) return { state: 'broken', status }
      const gapMs = secondMs - firstMs
      return { state: gapMs < TOGETHER_MS ? 'held-back' : 'flows', firstMs, gapMs }
    })
  } catch {
    return { state: 'broken', status }
  }
}

async function probeHold(ports: DoctorPorts, holdMs: number): Promise<HoldSeen> {
  const { clock } = ports
  const asked = clock.now()
  const question = { path: `${DOCTOR_PATH}?live=long-poll`, headers: { [HOLD_HEADER]: String(holdMs) } }
  try {
    return await within(ports, holdMs + limits.connectMs, question, async (answer) => {
      if (answer.status !== 200 && (await isBusy(answer))) return { state: 'busy' }
      await text(answer)
      const ms = clock.now() - asked
      return answer.status === 200
        ? { state: 'held', ms }
        : { state: 'cut', afterMs: ms, status: answer.status }
    })
  } catch {
    return { state: 'cut', afterMs: clock.now() - asked, status: undefined }
  }
}

async function isBusy(answer: Answer): Promise<boolean> {
  return codeIn(jsonIn(await text(answer))) === 'OVERLOADED'
}

async function probeSize(ports: DoctorPorts): Promise<SizeSeen> {
  const body = new Uint8Array(SIZE_BYTES)
  const question = {
    method: 'POST',
    path: DOCTOR_PATH,
    headers: { 'content-type': DOCTOR_TYPE },
    body,
  } as const
  try {
    return await within(ports, requestPatienceMs(SIZE_BYTES, limits), question, async ({ status }) =>
      status === 204 ? { state: 'fits', bytes: SIZE_BYTES } : { state: 'refused', bytes: SIZE_BYTES, status },
    )
  } catch {
    return { state: 'refused', bytes: SIZE_BYTES, status: undefined }
  }
}

interface CorsQuestion {
  readonly question: Question
  /** The header in which the browser looks, and what it has to find there. */
  readonly header: string
  readonly holds: string
}

async function probeEmbed(
  ports: DoctorPorts,
  { embeddedAt: origin, canActAsBrowser }: ProbeOptions,
  facts: DoctorFacts,
): Promise<EmbedSeen | undefined> {
  if (origin === undefined) return undefined
  if (facts.isOriginAllowed !== true) return { state: 'unlisted', origin }
  const expose = { header: 'access-control-expose-headers', holds: 'Stream-Next-Offset' }
  const preflight = {
    origin,
    'access-control-request-method': 'GET',
    'access-control-request-headers': HOLD_HEADER.toLowerCase(),
  }
  const questions: readonly CorsQuestion[] = canActAsBrowser
    ? [
        {
          question: { method: 'OPTIONS', path: DOCTOR_PATH, headers: preflight },
          header: 'access-control-allow-headers',
          holds: HOLD_HEADER,
        },
        { question: { path: DOCTOR_PATH, headers: { origin } }, ...expose },
      ]
    : // A page of the server itself may name no other origin, but it may ask for what that one is told.
      [{ question: { path: `${DOCTOR_PATH}?origin=${encodeURIComponent(origin)}` }, ...expose }]
  for (const { question, header, holds } of questions) {
    const spoiled = await within(
      ports,
      limits.connectMs,
      question,
      async (answer): Promise<EmbedSeen | undefined> => {
        const allowed = answer.header('access-control-allow-origin') ?? ''
        if (allowed !== origin)
          return { state: 'spoiled', origin, header: 'Access-Control-Allow-Origin', value: allowed }
        const listed = answer.header(header) ?? ''
        if (listed.toLowerCase().includes(holds.toLowerCase())) return undefined
        return { state: 'spoiled', origin, header, value: listed }
      },
    ).catch(() => ({ state: 'spoiled', origin, header: 'Access-Control-Allow-Origin', value: '' }) as const)
    if (spoiled !== undefined) return spoiled
  }
  return { state: 'allowed', origin }
}
