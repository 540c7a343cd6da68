/** `cometpad quarantine`: the refused updates that were kept aside, listed, explained, and thrown away. */
import { CometpadError, limits } from '@cometpad/shared'
import type { Operations } from '../control/operations.ts'
import type { QuarantinedUpdate } from '../storage/index.ts'
import { UsageError } from './command.ts'
import type { Command, Terminal } from './command.ts'
import { exitCode } from './exit-codes.ts'
import { commonFlags, dataFolder, helpOf, readWords } from './flags.ts'
import type { Flag, Words } from './flags.ts'
import { openOperations } from './open-operations.ts'
import { Output, bytesText, count, plain } from './output.ts'
import { wordsFor } from './update-words.ts'
import { writeFileWhole } from './write-file.ts'

const flags: readonly Flag[] = [
  { flag: 'document', value: 'ID', help: 'With list and drop: only those meant for this document.' },
  {
    flag: 'older-than',
    value: 'TIME',
    help: 'With drop: those that came before that, such as 30d, 12h or 15m.',
  },
  { flag: 'all', help: 'With drop: every one.' },
  { flag: 'yes', help: 'With drop: do it. Without it nothing is thrown away.' },
  { flag: 'raw', value: 'FILE', help: 'With show: write the bytes to this file.' },
  ...commonFlags,
]

export const quarantine: Command = {
  name: 'quarantine',
  summary: 'list, explain or throw away hostile updates that were refused and kept aside',
  help: () =>
    helpOf({
      usage: [
        'quarantine list [--document ID] [flags]',
        'quarantine show UPDATE [--raw FILE] [flags]',
        'quarantine drop UPDATE|--document ID|--older-than TIME|--all --yes [flags]',
      ],
      text: [
        'One line for each update: when it came, its name here, the document, by whom, the code of its refusal, and its bytes.',
        'None of them was stored in a document or told to anybody. The oldest go by themselves when there are too many.',
      ],
      flags,
    }),
  run,
}

async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const words = readWords(argv, flags)
  const work = workFor(words)
  const output = new Output(terminal, words)
  const operations = await openOperations(dataFolder(words, terminal), terminal)
  try {
    await work(operations, output)
  } finally {
    await operations.close()
  }
  return exitCode.done
}

/** Looks at all words before anything is opened. */
function workFor(words: Words): (operations: Operations, output: Output) => Promise<void> {
  const [what, id, more] = words.rest
  if (more !== undefined) throw new UsageError('Say one UPDATE, as `cometpad quarantine list` names it.')
  const documentId = words.text('document')
  if (what === 'list' && id === undefined) return (operations, output) => list(operations, output, documentId)
  if (what === 'show' && id !== undefined)
    return (operations, output) => show(operations, output, { id, path: words.text('raw') })
  if (what === 'drop') {
    const before = timeOf(words.text('older-than'))
    const isNarrowed = id !== undefined || documentId !== undefined || before !== undefined
    if (isNarrowed === words.has('all'))
      throw new UsageError(
        'Say what to throw away: UPDATE, --document ID, --older-than TIME, or --all alone.',
      )
    if (!words.has('yes'))
      throw new UsageError('What is thrown away is gone for good. Say --yes if that is meant.')
    return (operations, output) => drop(operations, output, { id, documentId, before })
  }
  throw new UsageError(
    'Say what to do: cometpad quarantine list, cometpad quarantine show UPDATE, or cometpad quarantine drop.',
  )
}

async function list(operations: Operations, output: Output, documentId: string | undefined): Promise<void> {
  const all = await operations.quarantined()
  const updates = all.filter((one) => documentId === undefined || one.documentId === documentId).map(shown)
  output.result(updates.length === 0 ? ['Nothing is kept.'] : updates.map(lineFor), { updates })
}

async function show(
  operations: Operations,
  output: Output,
  { id, path }: { readonly id: string; readonly path: string | undefined },
): Promise<void> {
  const found = await operations.quarantinedBytes(id)
  const { update, ...about } = found
  const { why, holds } = wordsFor(found, limits)
  if (path !== undefined) await writeFileWhole(path, one(update), () => undefined)
  const lines = [
    `Update:   ${about.id}`,
    `Came:     ${new Date(about.at).toISOString()}`,
    `Document: ${about.documentId}`,
    `By:       ${plain(about.subject)}`,
    `Bytes:    ${about.bytes}`,
    `Refused:  ${about.code}. ${why}`,
    ...(holds.length === 0 ? ['What it holds cannot be read.'] : holds),
    ...(path === undefined ? [] : [`${bytesText(update.length)}: ${path}`]),
  ]
  output.result(lines, { ...shown(about), why, holds, ...(path === undefined ? {} : { file: path }) })
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

async function drop(
  operations: Operations,
  output: Output,
  choice: Parameters<Operations['dropQuarantined']>[0],
): Promise<void> {
  const dropped = await operations.dropQuarantined(choice)
  if (dropped === 0 && choice.id !== undefined)
    throw new CometpadError('NOT_FOUND', { detail: `No refused update "${choice.id}" is kept.` })
  output.result([`${count(dropped, 'update')} thrown away.`], { dropped })
}

function shown({ at, ...about }: QuarantinedUpdate): Record<string, unknown> & { readonly at: string } {
  return { at: new Date(at).toISOString(), ...about }
}

function lineFor(about: ReturnType<typeof shown>): string {
  const { at, id, documentId, subject, code, bytes } = about
  return [at, id, documentId, subject, code, `${String(bytes)} B`]
    .map((word) => plain(String(word)))
    .join('  ')
}

const UNITS = { d: 86_400_000, h: 3_600_000, m: 60_000 } as const

/** The moment that lies so far back. Throws a UsageError. */
function timeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const [, amount, unit] = /^(\d{1,5})([dhm])$/.exec(text) ?? []
  if (amount === undefined || unit === undefined)
    throw new UsageError(
      `"${text}" is no TIME: say a number of days, hours or minutes, such as 30d, 12h or 15m.`,
    )
  return Date.now() - Number(amount) * UNITS[unit as keyof typeof UNITS]
}
