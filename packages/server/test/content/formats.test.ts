/** Every format against made-up documents: what was written comes back, and what came back is written the same. */
import { containersOf } from '@cometpad/binding'
import { limits } from '@cometpad/shared'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { blocksOf, docOf } from '../../src/content/blocks.ts'
import type { Block, Run } from '../../src/content/blocks.ts'
import { editDocument } from '../../src/content/edit-document.ts'
import type { Format } from '../../src/content/formats/format.ts'
import { html } from '../../src/content/formats/html.ts'
import { lexicalJson } from '../../src/content/formats/lexical-json.ts'
import { markdown } from '../../src/content/formats/markdown.ts'
import { plainText } from '../../src/content/formats/plain-text.ts'
import { blocksOfTable, isTable, partsOf } from '../../src/content/tables.ts'

/** The same content in other bytes: what is the same byte by byte is not even read. */
const formats: readonly (readonly [string, Format, (content: string) => string])[] = [
  ['markdown', markdown, (content) => `${content}\n`],
  ['html', html, (content) => `${content} `],
  ['text', plainText, (content) => content.replaceAll('\n', '\r\n')],
  ['json', lexicalJson, (content) => `${content} `],
]

/** What means something in Markdown or HTML, and what means something to a person. */
const words = fc.constantFrom(
  ...(
    'a word ä 世界 🎉 # ## - * ** _ __ ~ ~~ ` `` > + 1. 1) 12 [ ] [x] ( ) ![ ]( < > </b> <b> & &amp; &#42; \\ | || --- === ``` ~~~ ' +
    'http://x.example mailto: : ; ! " \' = {} $ ^ : // . ,'
  ).split(' '),
  ' ',
  '  ',
)
const text = fc.array(words, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(''))
const textWithBreaks = fc.array(text, { minLength: 1, maxLength: 3 }).map((lines) => lines.join('\n'))
const one = fc.constant(1)
const attrs = fc.record(
  {
    b: one,
    i: one,
    u: one,
    s: one,
    k: one,
    sub: one,
    hl: one,
    a: fc.constantFrom('https://example.org/?a=b&c=(d)', 'mailto:ada@example.org'),
  },
  { requiredKeys: [] },
)
const plain = fc.record({}, { requiredKeys: [] })
const run: fc.Arbitrary<Run> = fc.record({ text: textWithBreaks, attrs: fc.oneof(plain, attrs) })
const runs = fc.array(run, { maxLength: 4 })
const keys = fc.oneof(
  fc.constant({}),
  fc.constantFrom('h1', 'h3', 'h6', 'q').map((T) => ({ T })),
  fc.record(
    { T: fc.constantFrom('ul', 'ol', 'cl'), I: fc.integer({ min: 1, max: 4 }) },
    { requiredKeys: ['T'] },
  ),
  fc.constant({ T: 'cl', C: 1 }),
  fc.constant({ T: 'ol', S: 7 }),
  fc.constant({ A: 'center' }),
  fc.constantFrom({ T: 'code' }, { T: 'code', L: 'js' }, { T: 'code', L: 'two words' }),
)
const textBlock: fc.Arbitrary<Block> = fc.record({ keys, runs })
const thing: fc.Arbitrary<Block> = fc.constantFrom('rule', 'hologram').map((T) => ({ keys: { T }, runs: [] }))
const plainBlock = fc.oneof({ weight: 5, arbitrary: textBlock }, { weight: 1, arbitrary: thing })
/** Three by two, with cells merged, of several blocks, and some of which nothing is written. */
const table: fc.Arbitrary<Block[]> = fc
  .record({
    marks: fc.record(
      {
        'h:a:x': one,
        'h:a:y': fc.constantFrom(1, 2, 3),
        's:b:x': fc.constantFrom('b:y', 'c:x', 'c:y'),
        g: one,
      },
      { requiredKeys: [] },
    ),
    cells: fc.array(fc.array(plainBlock, { maxLength: 2 }), { minLength: 6, maxLength: 6 }),
  })
  .map(({ marks, cells }) => [
    { keys: { T: 'table', 'r:a': '2', 'r:b': '4', 'r:c': '6', 'c:x': '2', 'c:y': '4', ...marks }, runs: [] },
    ...cells.flatMap((blocks, at) =>
      blocks.map((block) => ({ ...block, keys: { ...block.keys, X: `${'abc'[at >> 1]}:${'xy'[at & 1]}` } })),
    ),
  ])
const place = fc.constantFrom(
  {},
  {},
  { W: 'note:a' },
  { W: 'note:a/tip:b' },
  { W: 'caution:c' },
  { W: 'grotto:d' },
)
/** As a document holds them: read once from one, so that runs are joined and breaks carry no format. */
const documentsOf = (part: fc.Arbitrary<Block[]>): fc.Arbitrary<Block[]> => {
  const parts = fc.array(part, { minLength: 1, maxLength: 8 })
  return fc
    .oneof(
      parts,
      fc.tuple(parts, fc.array(place, { minLength: 8, maxLength: 8 })).map(([some, places]) =>
        // Longer stretches in one place, as people make them.
        some.map(([first, ...others], i) =>
          first === undefined ? [] : [{ ...first, keys: { ...first.keys, ...places[i >> 1] } }, ...others],
        ),
      ),
    )
    .map((some) => blocksOf(docOf(some.flat())))
}
const oneBlock = plainBlock.map((block) => [block])
const withoutTables = documentsOf(oneBlock)
const withTables = documentsOf(fc.oneof({ weight: 6, arbitrary: oneBlock }, { weight: 1, arbitrary: table }))

const RUNS = { numRuns: Number(process.env['CONTENT_RUNS'] ?? 40), seed: 20_261_130 }

describe.each(formats)('%s', (_name, format, inOtherBytes) => {
  const documents = format.saysTable === undefined ? withoutTables : withTables

  it('[CO2] says the same again once it was read', () => {
    fc.assert(
      fc.property(documents, (blocks) => {
        const first = format.write(blocks)
        expect(format.write(format.read(first, limits))).toBe(first)
      }),
      RUNS,
    )
  })

  it('[CO2] says every word in its order, with its marks', () => {
    const lettersOf = (blocks: readonly Block[]): unknown[] =>
      blocks.flatMap(({ runs: parts }) =>
        parts.flatMap((part) =>
          'text' in part
            ? Array.from(part.text.replaceAll(/\s/g, ''), (letter) => [
                letter,
                Object.keys(part.attrs).toSorted(),
              ])
            : [],
        ),
      )
    fc.assert(
      fc.property(documents, (blocks) => {
        const said = partsOf(blocks).flatMap((part) =>
          isTable(part) ? blocksOfTable(format.saysTable?.(part) ?? part) : (format.says(part) ?? []),
        )
        expect(lettersOf(format.read(format.write(blocks), limits))).toEqual(lettersOf(said))
      }),
      RUNS,
    )
  })

  it('[CO3] changes nothing when it comes back as it was', () => {
    fc.assert(
      fc.property(documents, (blocks) => {
        const doc = docOf(blocks)
        const content = inOtherBytes(format.write(blocksOf(doc)))
        expect(editDocument(doc, { format, content, manner: 'replace', bounds: limits })).toBeNull()
      }),
      { ...RUNS, numRuns: Math.ceil(RUNS.numRuns / 3) },
    )
  })

  it('[CO3] makes of any document one that says what came', () => {
    fc.assert(
      fc.property(documents, documents, (before, after) => {
        const doc = docOf(before)
        const content = format.write(after)
        const update = editDocument(doc, { format, content, manner: 'replace', bounds: limits })
        // A document is never without a block.
        const least = format.write([{ keys: {}, runs: [] }])
        expect(format.write(blocksOf(doc))).toBe(content === '' ? least : content)
        if (update !== null) expect(() => Y.applyUpdate(new Y.Doc(), update)).not.toThrow()
      }),
      { ...RUNS, numRuns: Math.ceil(RUNS.numRuns / 3) },
    )
  })
})

describe('json', () => {
  it('[CO2] says everything that an editor shows', () => {
    fc.assert(
      fc.property(withoutTables, (blocks) => {
        // The number at which a list begins is shown at its beginning alone.
        const shown = blocks.map(({ keys: { S: _start, ...others }, ...block }) => ({
          ...block,
          keys: others,
        }))
        // Names of containers are given anew, and unknown ones are not shown.
        const kinds = ({ keys: { W, ...others }, ...block }: Block): unknown => {
          const path = containersOf(W === undefined ? {} : { W }).map((one) => one.split(':')[0])
          return { ...block, keys: others, path }
        }
        expect(lexicalJson.read(lexicalJson.write(shown), limits).map(kinds)).toEqual(shown.map(kinds))
      }),
      RUNS,
    )
  })
})

describe('lists', () => {
  it('[CO2] are nested as their items stand', () => {
    const levels = [0, 1, 1, 0, 1, 2, 0]
    const items = levels.map((I, at) => ({
      keys: { T: 'ul', ...(I === 0 ? {} : { I }) },
      runs: [{ text: `${at}`, attrs: {} }],
    }))
    expect(markdown.write(items)).toBe('- 0\n  - 1\n  - 2\n- 3\n  - 4\n    - 5\n- 6\n')
    expect(html.write(items)).toBe(
      '<ul><li>0<ul><li>1</li><li>2</li></ul></li><li>3<ul><li>4<ul><li>5</li></ul></li></ul></li><li>6</li></ul>\n',
    )
    for (const format of [markdown, html]) expect(format.read(format.write(items), limits)).toEqual(items)
  })
})

describe('code', () => {
  const code: readonly Block[] = [
    { keys: { T: 'code', L: 'js' }, runs: [{ text: 'if (a < b) {\n\treturn `a`\n}', attrs: {} }] },
    { keys: {}, runs: [{ text: 'below', attrs: {} }] },
  ]

  it('[CO2] is fenced in Markdown and preformatted in HTML, with its language', () => {
    expect(markdown.write(code)).toBe('```js\nif (a < b) {\n\treturn `a`\n}\n```\n\nbelow\n')
    expect(html.write(code)).toBe(
      '<pre><code class="language-js">if (a &lt; b) {\n\treturn `a`\n}</code></pre>\n<p>below</p>\n',
    )
    for (const format of [markdown, html, lexicalJson])
      expect(format.read(format.write(code), limits)).toEqual(code)
    expect(plainText.write(code)).toBe('if (a < b) {\n\treturn `a`\n}\n\nbelow\n')
  })

  it('[CO2] may hold fences, empty lines and white space', () => {
    const runs = [{ text: '  ```\n\n\t~~~  \nend', attrs: {} }]
    const blocks = [{ keys: { T: 'code' }, runs }]
    for (const format of [markdown, html, lexicalJson])
      expect(format.read(format.write(blocks), limits)).toEqual(blocks)
  })

  it('[CO2] of others is read as well: indented, in a list, without a language, with a class of another kind', () => {
    expect(markdown.read('    indented\n', limits)).toEqual([
      { keys: { T: 'code' }, runs: [{ text: 'indented', attrs: {} }] },
    ])
    expect(html.read('<pre class="lang-c">a\n  b\n</pre><pre></pre><p>c</p>', limits)).toEqual([
      { keys: { T: 'code', L: 'c' }, runs: [{ text: 'a\n  b', attrs: {} }] },
      { keys: { T: 'code' }, runs: [] },
      { keys: {}, runs: [{ text: 'c', attrs: {} }] },
    ])
    expect(html.read('<ul><li><pre><code class="language-js">a</code></pre></li></ul>', limits)).toEqual([
      { keys: { T: 'ul' }, runs: [{ text: 'a', attrs: { k: 1 } }] },
    ])
  })
})
