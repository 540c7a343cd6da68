/** `cometpad compact`: puts snapshots in the place of long logs now, instead of when it is due. */
import type { Operations } from '../control/operations.ts'
import type { DocumentHead } from '../core/ports.ts'
import type { Command, Terminal } from './command.ts'
import { exitCode, lineOf } from './exit-codes.ts'
import { commonFlags, dataFolder, helpOf, readWords } from './flags.ts'
import type { Flag } from './flags.ts'
import { openOperations } from './open-operations.ts'
import { Output, bytesText, count } from './output.ts'

const flags: readonly Flag[] = [
  { flag: 'document', value: 'ID', help: 'Only this document.' },
  ...commonFlags,
]

export const compact: Command = {
  name: 'compact',
  summary: 'shorten the logs of documents now',
  help: () =>
    helpOf({
      usage: ['compact [--document ID] [flags]'],
      text: [
        'Changes no content: a document that would come out differently is left as it is and named.',
        'The server does the same by itself when it is due; this is for before a backup, or after an import.',
      ],
      flags,
    }),
  run,
}

async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const words = readWords(argv, flags)
  const output = new Output(terminal, words)
  const operations = await openOperations(dataFolder(words, terminal), terminal)
  try {
    const only = words.text('document')
    const heads = (await everyHead(operations)).filter(({ documentId, head, snapshotOffset }) =>
      only === undefined ? head > snapshotOffset : documentId === only,
    )
    // With a name that is not there, the store says so.
    const ids = only === undefined ? heads.map(({ documentId }) => documentId) : [only]
    const bar = output.bar({ label: 'Compacting', total: ids.length, unit: 'documents' })
    const failed: string[] = []
    for (const documentId of ids) {
      try {
        await operations.compact(documentId)
      } catch (cause) {
        if (only !== undefined) throw cause
        failed.push(`${documentId}: ${lineOf(cause)}`)
      }
      bar.add(1)
    }
    bar.end()
    const bytes = heads.reduce((sum, { logBytes }) => sum + logBytes, 0)
    output.result(
      [
        `${count(ids.length - failed.length, 'document')} compacted, ${bytesText(bytes)} of log.`,
        ...failed.map((line) => `  ${line}`),
      ],
      { compacted: ids.length - failed.length, logBytes: bytes, failed },
    )
    return failed.length === 0 ? exitCode.done : exitCode.damaged
  } finally {
    await operations.close()
  }
}

export async function everyHead(operations: Operations): Promise<DocumentHead[]> {
  const heads: DocumentHead[] = []
  for (let after: string | null = ''; after !== null;) {
    const page = await operations.list(after)
    for (const head of page.documents) heads.push(head)
    after = page.next
  }
  return heads
}
