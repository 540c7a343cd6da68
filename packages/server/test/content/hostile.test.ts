/** Content that somebody sends in order to hurt: it is refused with a code, or read, and takes time in proportion to its length. */
import { errorTable, limits as defaults } from '@cometpad/shared'
import { describe, expect, it } from 'vitest'
import type { ContentAnswer, ContentJob, FormatName } from '../../src/content/content-job.ts'
import { convert } from '../../src/content/convert.ts'

/** A tenth of what is allowed else, so that this takes seconds. */
const limits = { ...defaults, contentBlocks: 2_000, contentRuns: 20_000, contentBytes: 400_000 }

function send(format: FormatName, content: string): ContentAnswer {
  const job: ContentJob = {
    kind: 'edit',
    state: new Uint8Array(),
    format,
    content,
    manner: 'replace',
    bounds: limits,
  }
  return convert(job)
}

function outcomeOf(answer: ContentAnswer): string {
  return 'code' in answer ? answer.code : answer.kind
}

const DEEP = 50_000
const json = (children: string): string => `{"root":{"type":"root","version":1,"children":[${children}]}}`

describe('hostile content', () => {
  it.each<[string, FormatName, string]>([
    ['tags in tags', 'html', '<div>'.repeat(DEEP)],
    ['marks in marks', 'html', '<b><i>'.repeat(DEEP)],
    ['lists in lists', 'html', '<ul><li>'.repeat(DEEP)],
    ['quotes in quotes', 'markdown', `${'> '.repeat(300)}x`],
    ['items in items', 'markdown', `${'- '.repeat(300)}x`],
    [
      'nodes in nodes',
      'json',
      json('{"type":"quote","version":1,"children":['.repeat(DEEP) + ']}'.repeat(DEEP)),
    ],
    ['many paragraphs', 'markdown', 'a\n\n'.repeat(limits.contentBlocks + 1)],
    ['many empty paragraphs', 'html', '<p>'.repeat(limits.contentBlocks + 1)],
    ['many lines', 'text', '\n'.repeat(2 * limits.contentBlocks + 4)],
    ['many runs', 'html', '<b>a</b>b'.repeat(limits.contentRuns)],
    [
      'many nodes',
      'json',
      json(
        Array(limits.contentRuns + 1)
          .fill('{"type":"paragraph"}')
          .join(),
      ),
    ],
  ])('[CO7] that is %s is too complex', (_what, format, content) => {
    expect(outcomeOf(send(format, content))).toBe('CONTENT_TOO_COMPLEX')
  })

  it.each<[string, FormatName, string]>([
    ['brackets in brackets', 'json', '['.repeat(DEEP)],
    ['tags that never end', 'html', '<p <a href="'.repeat(5_000)],
    ['ends that never began', 'html', '</p></ul></li></b>'.repeat(1_000)],
    ['tags in the wrong order', 'html', '<ul><b><p></ul><li></b><table><h1>x</p>'.repeat(100)],
    ['one long line', 'html', 'x'.repeat(limits.contentBytes)],
    ['one long line', 'text', 'x'.repeat(limits.contentBytes)],
    ['many tags without text', 'html', '<i></i>'.repeat(50_000)],
    ['halves of characters', 'text', '\ud800x\udc00'],
    ['stand-ins', 'text', '\ufdd0x\ufdd1'],
    ['entities', 'html', '&#0;&#xD800;&#xFFFFFFFF;&nosuch;&lt;script&gt;'],
    ['stars', 'markdown', '*a **b '.repeat(500)],
    ['brackets', 'markdown', '[a]('.repeat(500)],
    [
      'unknown kinds of alignment',
      'json',
      json('{"type":"paragraph","version":1,"format":"\\"><script>","children":[]}'),
    ],
    [
      'names of prototypes',
      'json',
      json('{"type":"paragraph","version":1,"__proto__":{"x":1},"children":[]}'),
    ],
  ])('[CO7] that is %s in %s is read, or refused as such', (_what, format, content) => {
    const outcome = outcomeOf(send(format, content))
    expect(['update', 'CONTENT_UNREADABLE', 'CONTENT_TOO_COMPLEX']).toContain(outcome)
    if (outcome !== 'update') expect(outcome in errorTable).toBe(true)
  })
})
