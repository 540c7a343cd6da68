/**
 * Texts that become a script where somebody forgets to take them for text: families of them, so that no list of a hundred lines has
 * to be kept. Each one that runs calls `ran` with its own number.
 */

export interface Payload {
  readonly number: number
  readonly text: string
}

type Family = (call: string, number: number) => string

/** Handlers that need no click. */
const BY_THEMSELVES = [
  ['img src=x', 'onerror'],
  ['img src', 'onerror'],
  ['svg', 'onload'],
  ['svg><animate attributeName=x dur=1s', 'onbegin'],
  ['svg><set attributeName=x', 'onbegin'],
  ['body', 'onload'],
  ['body', 'onpageshow'],
  ['iframe src=about:blank', 'onload'],
  ['video src=x', 'onerror'],
  ['video><source', 'onerror'],
  ['audio src=x', 'onerror'],
  ['input autofocus', 'onfocus'],
  ['select autofocus', 'onfocus'],
  ['textarea autofocus', 'onfocus'],
  ['button autofocus', 'onfocus'],
  ['details open', 'ontoggle'],
  ['div popover', 'onbeforetoggle'],
  ['object data=x', 'onerror'],
  ['embed src=x', 'onload'],
  ['marquee', 'onstart'],
  ['link rel=stylesheet href=x', 'onerror'],
  ['style', 'onload'],
  ['p style=animation:a_1s', 'onanimationstart'],
  ['p style=transition:all_1s', 'ontransitionend'],
  ['a href=# tabindex=0 autofocus', 'onfocusin'],
] as const

const SCHEMES = [
  'javascript:',
  'JaVaScRiPt:',
  ' javascript:',
  'java\tscript:',
  'java\nscript:',
  '\u0001javascript:',
  'javascript&colon;',
  '&#106;avascript:',
  'javascript\u200b:',
  'vbscript:',
  'data:text/html,',
  'data:text/html;base64,',
  'data:image/svg+xml,',
  'blob:',
  'view-source:javascript:',
  'feed:javascript:',
  'https:javascript:',
  '//javascript:',
] as const

const LINKS: readonly ((url: string) => string)[] = [
  (url) => `<a href="${url}" autofocus>link</a>`,
  (url) => `<iframe src="${url}"></iframe>`,
  (url) => `<form action="${url}"><button autofocus>send</button></form>`,
  (url) => `<svg><a xlink:href="${url}"><text>link</text></a></svg>`,
  (url) => `[link](${url})`,
  (url) => `![image](${url})`,
  (url) => `<${url}>`,
]

const families: readonly Family[] = [
  ...BY_THEMSELVES.map(
    ([tag, handler]): Family =>
      (call) =>
        `<${tag} ${handler}="${call}">`,
  ),
  // How attributes are written and hidden.
  ...[
    '<img/src=x/onerror=CALL>',
    '<img src=x onerror=CALL//',
    "<img src=x onerror='CALL'>",
    '<img src=x onerror\n=\nCALL>',
    '<IMG SRC=x ONERROR=CALL>',
    '<img src=x:x onerror\u00a0=CALL>',
    '<img src="x`<img src=x onerror=CALL>"',
    '<<img src=x onerror=CALL>',
    '<img src=x onerror=CALL',
    '"><img src=x onerror=CALL>',
    "'><img src=x onerror=CALL>",
    '`><img src=x onerror=CALL>',
    '--><img src=x onerror=CALL>',
    ']]><img src=x onerror=CALL>',
    '</title><img src=x onerror=CALL>',
    '</textarea><img src=x onerror=CALL>',
    '</style><img src=x onerror=CALL>',
    '</script><script>CALL</script>',
  ].map(
    (text): Family =>
      (call) =>
        text.replace('CALL', call),
  ),
  // Scripts.
  ...[
    '<script>CALL</script>',
    '<ScRiPt>CALL</sCrIpT>',
    '<script src="data:text/javascript,CALL"></script>',
    '<script type=module>CALL</script>',
    '<script/x>CALL</script>',
    '<svg><script>CALL</script></svg>',
    '<svg><script href="data:,CALL"/></svg>',
    '<math><mtext><script>CALL</script></mtext></math>',
    '<script\u0000>CALL</script>',
    '<template><script>CALL</script></template>',
    '<noscript><p title="</noscript><script>CALL</script>">',
    '<iframe srcdoc="<script>parent.CALL</script>"></iframe>',
    '<object data="data:text/html,<script>parent.CALL</script>"></object>',
    '<embed src="data:text/html,<script>parent.CALL</script>">',
    '<base href="javascript:CALL//"><a href="#">x</a>',
    '<meta http-equiv=refresh content="0;url=javascript:CALL">',
    '<link rel=import href="data:text/html,<script>CALL</script>">',
    '<?xml-stylesheet href="javascript:CALL"?>',
    '<!--><script>CALL</script>-->',
    '<![CDATA[><script>CALL</script>]]>',
  ].map(
    (text): Family =>
      (call) =>
        text.replace('CALL', call),
  ),
  // Trees that come out otherwise than they went in.
  ...[
    '<math><mtext><table><mglyph><style><img src=x onerror=CALL></style></mglyph></table></mtext></math>',
    '<svg></p><style><a id="</style><img src=x onerror=CALL>">',
    '<form><math><mtext></form><form><mglyph><style></math><img src=x onerror=CALL>',
    '<select><iframe><select><img src=x onerror=CALL>',
    '<table><td><svg onload=CALL></td></table>',
    '<p><noembed><img title="</noembed><img src=x onerror=CALL>"></p>',
    '<xmp><p title="</xmp><img src=x onerror=CALL>">',
    '<ul><li><svg/onload=CALL>',
    '<a name=body><img src=x onerror=CALL></a>',
    '<b id=__proto__ onclick=x><svg onload=CALL>',
  ].map(
    (text): Family =>
      (call) =>
        text.replace('CALL', call),
  ),
  // Addresses.
  ...SCHEMES.flatMap((scheme) =>
    LINKS.map((link): Family => (call) => {
      const body = scheme.startsWith('data:') ? `<script>parent.${call}</script>` : call
      return link(scheme + (scheme.endsWith('base64,') ? btoa(body) : body))
    }),
  ),
  // Styles and templates of other libraries.
  ...[
    '<p style="background:url(javascript:CALL)">',
    '<p style="width:expression(CALL)">',
    '<style>@import "javascript:CALL";</style>',
    '<style>p{-moz-binding:url(data:,CALL)}</style>',
    '{{constructor.constructor("CALL")()}}',
    '${CALL}',
    '<%= CALL %>',
    '#{CALL}',
    '[[CALL]]',
    '\\u003cimg src=x onerror=CALL\\u003e',
    '%3Cimg%20src=x%20onerror=CALL%3E',
    '&lt;img src=x onerror=CALL&gt;',
    '\ufeff<img src=x onerror=CALL>',
    '\u202e<img src=x onerror=CALL>',
    '＜img src=x onerror=CALL＞',
  ].map(
    (text): Family =>
      (call) =>
        text.replace('CALL', call),
  ),
]

export const payloads: readonly Payload[] = families.map((family, number) => ({
  number,
  text: family(`ran(${number})`, number),
}))
