/** `cometpad import FILE`: documents of an export or a backup into a store, or one from a Yjs update. */
import { open, readFile } from 'node:fs/promises'
import { CometpadError } from '@cometpad/shared'
import type { Operations } from '../control/operations.ts'
import { blocksOf, contentOf, documentsIn, inspectBackup, isBackup } from '../storage/index.ts'
import { everyHead } from './compact.ts'
import { UsageError } from './command.ts'
import type { Command, Terminal } from './command.ts'
import { exitCode, lineOf } from './exit-codes.ts'
import { commonFlags, dataFolder, helpOf, readWords } from './flags.ts'
import type { Flag, Words } from './flags.ts'
import { openOperations } from './open-operations.ts'
import { Output, count } from './output.ts'
import { fileError } from './write-file.ts'

const flags: readonly Flag[] = [
  {
    flag: 'existing',
    value: 'WHAT',
    help: 'Documents that are there already: "refuse" (then nothing is written), "skip" or "replace". Default: refuse.',
  },
  { flag: 'document', value: 'ID', help: 'The id for a Yjs update.' },
  { flag: 'title', value: 'TEXT', help: 'The title for a Yjs update.' },
  ...commonFlags,
]

export const importCommand: Command = {
  name: 'import',
  summary: 'take documents of an export, a backup or a Yjs update in',
  help: () =>
    helpOf({
      usage: ['import FILE [--existing WHAT] [flags]', 'import FILE --document ID [--title TEXT] [flags]'],
      text: [
        'FILE is an export or a full backup, or, with --document, a Yjs update (format v1). It is checked before anything',
        'is written. Each document is taken in whole or not at all; one that is replaced gets a new generation.',
      ],
      flags,
    }),
  run,
}

const EXISTING = ['refuse', 'skip', 'replace'] as const

async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const words = readWords(argv, flags)
  const [path, more] = words.rest
  if (path === undefined || more !== undefined) throw new UsageError('Say one FILE: cometpad import FILE.')
  const existing = EXISTING.find((what) => what === (words.text('existing') ?? 'refuse'))
  if (existing === undefined) throw new UsageError(`--existing has to be one of ${EXISTING.join(', ')}.`)
  const output = new Output(terminal, words)
  const documentId = words.text('document')
  const isArchive = await startsAsBackup(path)
  if (!isArchive && documentId === undefined)
    throw new UsageError(`${path} is no export and no backup. Is it a Yjs update? Then say --document ID.`)
  if (isArchive) await inspectBackup(path)
  const operations = await openOperations(dataFolder(words, terminal), terminal)
  try {
    const present = new Set((await everyHead(operations)).map(({ documentId: id }) => id))
    if (!isArchive && documentId !== undefined)
      return await importUpdate(path, documentId, existing, present, { words, operations, output })
    return await importAll(path, existing, present, { operations, output })
  } finally {
    await operations.close()
  }
}

type Existing = (typeof EXISTING)[number]

async function importUpdate(
  path: string,
  documentId: string,
  existing: Existing,
  present: ReadonlySet<string>,
  { words, operations, output }: { words: Words; operations: Operations; output: Output },
): Promise<number> {
  refuseIf(existing, present.has(documentId) ? [documentId] : [])
  const isSkipped = existing === 'skip' && present.has(documentId)
  if (!isSkipped) {
    const update = new Uint8Array(await readFile(path))
    await operations.replace(documentId, { title: words.text('title'), updates: [update] })
  }
  const imported = isSkipped ? 0 : 1
  output.result([`${count(imported, 'document')} taken in.`], {
    imported,
    skipped: 1 - imported,
    damaged: [],
  })
  return exitCode.done
}

async function importAll(
  path: string,
  existing: Existing,
  present: ReadonlySet<string>,
  { operations, output }: { operations: Operations; output: Output },
): Promise<number> {
  const { names } = await inspectBackup(path)
  refuseIf(
    existing,
    [...names.keys()].filter((documentId) => present.has(documentId)),
  )
  const bar = output.bar({ label: 'Importing', total: names.size, unit: 'documents' })
  let imported = 0
  let skipped = 0
  const damaged: string[] = []
  for await (const streamed of documentsIn(blocksOf(path))) {
    if (streamed.type !== 'document') continue
    const { documentId, view } = streamed
    bar.add(1)
    if (existing === 'skip' && present.has(documentId)) {
      skipped += 1
      continue
    }
    try {
      const { title, updates } = await contentOf(view, documentId)
      await operations.replace(documentId, { title, updates })
      imported += 1
    } catch (cause) {
      if (!(cause instanceof CometpadError && cause.code === 'DOCUMENT_DAMAGED')) throw cause
      damaged.push(`${documentId}: ${lineOf(cause)}`)
    }
  }
  bar.end()
  output.result(
    [
      `${count(imported, 'document')} taken in, ${skipped} skipped.`,
      ...damaged.map((line) => `  damaged, left out: ${line}`),
    ],
    { imported, skipped, damaged },
  )
  return damaged.length === 0 ? exitCode.done : exitCode.damaged
}

function refuseIf(existing: Existing, there: readonly string[]): void {
  if (existing !== 'refuse' || there.length === 0) return
  throw new CometpadError('TARGET_IN_USE', {
    detail: `${there.length === 1 ? 'Document' : `${there.length} documents, such as`} "${there[0]}" is there already; say --existing skip or --existing replace.`,
  })
}

async function startsAsBackup(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'r')
    try {
      const { buffer, bytesRead } = await file.read(new Uint8Array(64), 0, 64, 0)
      return isBackup(buffer.subarray(0, bytesRead))
    } finally {
      await file.close()
    }
  } catch (cause) {
    throw fileError(path, cause)
  }
}
