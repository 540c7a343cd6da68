/** A checkup as text for a mail to whoever runs the server. Pure. */
import { adviceInWords } from '@cometpad/shared/doctor'
import { headlineOf, rowsOf } from './checkup.ts'
import type { Checkup, Look } from './checkup.ts'

export interface Surroundings {
  /** Of the server, as the browser writes it. */
  readonly address: string
  readonly browser: string
  /** How the browser spoke to whatever answers it, such as "h2"; empty: it does not say. */
  readonly protocol: string
  readonly date: Date
}

const MARKS: Readonly<Record<Look, string>> = {
  waits: '[    ]',
  runs: '[    ]',
  skipped: '[ -- ]',
  good: '[ ok ]',
  worse: '[warn]',
  bad: '[bad ]',
}
const INDENT = ' '.repeat(7)

export function reportOf(checkup: Checkup, surroundings: Surroundings): string {
  return [
    headlineOf(checkup).text,
    '',
    ...rowsOf(checkup).flatMap(({ look, title, word, text, meaning, advice }) => [
      `${MARKS[look]} ${title}: ${word}. ${text}`,
      ...(meaning === '' ? [] : [INDENT + meaning]),
      ...advice.map((each) => INDENT + adviceInWords(each)),
    ]),
    '',
    ...factsOf(checkup, surroundings).map(([name, value]) => `${name}: ${value}`),
    '',
  ].join('\n')
}

/** What has to be known beside the findings to make sense of them. */
export function factsOf(
  { asked, sight: { server } }: Checkup,
  { address, browser, protocol, date }: Surroundings,
): (readonly [name: string, value: string])[] {
  const via = server?.state === 'there' ? server.via : ''
  return [
    ['Server', address],
    ...(protocol === '' ? [] : [['Spoken', protocol] as const]),
    ...(via === '' ? [] : [['Answered by', via] as const]),
    ['Silence tried', `${asked.holdMs / 1_000} s`],
    ['Browser', browser],
    ['Time', date.toISOString()],
  ]
}
