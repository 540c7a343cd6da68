/**
 * Who may import whom (docs/architecture.md). A check that cruises no module proves nothing: scripts/check-gates.test.ts
 * plants violations and expects them to be found.
 */

/** @param {string} name @param {string} comment @param {object} from @param {object} to */
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })

module.exports = {
  forbidden: [
    forbid('no-cycles', 'Modules that need each other are one module.', {}, { circular: true }),
    forbid(
      'no-foreign-inside',
      'A package is used by its name; its src and dist are its own.',
      { path: '^packages/([^/]+)/' },
      {
        path: '^packages/([^/]+)/(src|dist)/',
        pathNot: '^packages/($1)/|^packages/[^/]+/src/((testing|doctor)/)?(index|react|element)\\.tsx?$',
      },
    ),
    forbid(
      'only-public-doors',
      'The browser tests, benches and examples see what a user sees.',
      { path: '^(e2e|bench|examples)/' },
      {
        path: '^packages/[^/]+/(src|dist)/',
        pathNot: '/src/((testing|doctor)/)?(index|react|element)\\.tsx?$',
      },
    ),
    forbid(
      'shared-is-pure',
      'Both ends use the contract: it may name nothing that only one of them has.',
      { path: '^packages/shared/src/', pathNot: '\\.test\\.ts$' },
      { pathNot: '^packages/shared/src/|/node_modules/lib0/' },
    ),
    forbid(
      'core-is-pure',
      'The core knows no framework, socket, store, timer or file.',
      { path: '^packages/server/src/core/', pathNot: '\\.test\\.ts$|/testing/' },
      { pathNot: '^packages/server/src/core/|^packages/shared/src/|/node_modules/lib0/' },
    ),
    ...['storage', 'transports', 'http', 'content'].map((layer) =>
      forbid(
        `${layer}-knows-only-the-core`,
        'Adapters know the core and not each other; server.ts puts them together.',
        { path: `^packages/server/src/${layer}/`, pathNot: '\\.test\\.ts$' },
        { path: '^packages/server/src/', pathNot: `^packages/server/src/(${layer}|core)/` },
      ),
    ),
    forbid(
      'only-content-knows-the-binding',
      'The server relays documents whose form it does not know; only what reads and writes their content does.',
      { path: '^packages/server/src/', pathNot: '^packages/server/src/content/|\\.test\\.ts$' },
      { path: '^packages/(binding|editor)/' },
    ),
    forbid(
      'adapters-use-ports',
      'Transports and routes see the ports of the core, never its inside.',
      { path: '^packages/server/src/(transports|http)/', pathNot: '\\.test\\.ts$' },
      { path: '^packages/server/src/core/', pathNot: '^packages/server/src/core/ports\\.ts$' },
    ),
    forbid(
      'no-react-below-the-editor',
      'Bots, other editors and the server use these without React.',
      { path: '^packages/(shared|provider|binding|server)/src/' },
      { path: '/node_modules/(react|react-dom|@lexical/react)/' },
    ),
    forbid(
      'provider-needs-no-editor',
      'The provider serves any Yjs document.',
      { path: '^packages/provider/src/' },
      { path: '/node_modules/(lexical|@lexical/[^/]+)/|^packages/(binding|editor|server)/' },
    ),
    forbid(
      'binding-needs-no-connection',
      'The binding joins a document and an editor; how the document travels is not its matter.',
      { path: '^packages/binding/src/', pathNot: '\\.test\\.ts$' },
      { path: '^packages/(provider|editor|server)/' },
    ),
    forbid(
      'editor-knows-no-server',
      'The editor talks to a server over the wire.',
      { path: '^packages/editor/' },
      { path: '^packages/server/' },
    ),
    forbid(
      'editor-knows-no-app',
      'The app embeds the editor.',
      { path: '^packages/editor/src/' },
      { path: '^packages/editor/app/' },
    ),
    forbid(
      'browser-code-names-no-node',
      'These run in a page.',
      {
        path: '^packages/(shared|provider|binding|editor)/(src|app)/',
        pathNot: '\\.test\\.tsx?$|vite\\.config',
      },
      { dependencyTypes: ['core'] },
    ),
    forbid(
      'not-to-tests',
      'Nothing depends on a test.',
      { pathNot: '\\.test\\.tsx?$' },
      { path: '\\.test\\.tsx?$' },
    ),
    forbid('nothing-unresolved', 'Every import leads somewhere.', {}, { couldNotResolve: true }),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^packages/[^/]+/(app/)?dist/|^e2e/(embedding/dist|test-results)/' },
    tsConfig: { fileName: 'tsconfig.tests.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@cometpad/source', 'import', 'types', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json'],
    },
  },
}
