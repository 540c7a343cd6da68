/** An update of the editor that has happened when it returns, and throws what went wrong in it. Knows no document. */
import type { LexicalEditor } from 'lexical'

/** Lexical takes a failed update back and only reports it; here it is thrown as well. */
export function updateAtOnce(editor: LexicalEditor, write: () => void, tags: string[]): void {
  const report = editor._onError
  const failures: unknown[] = []
  let isRun = false
  editor._onError = (error) => {
    failures.push(error)
    report(error)
  }
  try {
    editor.update(
      () => {
        write()
        isRun = true
      },
      { discrete: true, skipTransforms: true, tag: tags },
    )
  } finally {
    editor._onError = report
  }
  if (failures.length > 0) throw failures[0]
  if (!isRun) throw new Error('The editor did not run the update.')
}
