/** Scripts that once failed, shrunk, with what was wrong. */
export const REGRESSIONS: Readonly<Record<string, string>> = {
  'text and a nested list in one item were written twice': `3 writers
A enter 0.013 0.558 0.637 丁丂𠀃
B receives from A
B indent 0.896 0.682 0.695 丈三上
B enter 0.992 0.647 0.410 丐
B list 0.258 0.154 0.718 𠀧
B paste 0.406 0.641 0.258 乀乁乂𠁃乄久`,
  'text before and behind a nested list changed places': `5 writers
B indent 0.026 0.429 0.777 乞𠁟
C list 0.081 0.970 0.727 乼
D type 0.849 0.371 0.809 仅
C type 0.119 0.866 0.290 仍从
C receives from B
C receives from D during paste 0.246 0.410 0.333 仑仒𠃓仔仕他`,
  'a link set in the editor while a format came in past the binding was remembered as it no longer was': `3 writers
A type 0.142 0.945 0.705 一丁
A enter 0.152 0.196 0.256 丂
A type 0.394 0.834 0.915 𠀃丄丅丆
B receives from A
C receives from A
A type 0.009 0.461 0.927 三上
B receives from A during merge 0.742 0.228 0.755 𠀏丐
C format 0.287 0.222 0.857 丑丒
C receives from B during erase 0.379 0.983 0.584 𠀓且
B type 0.136 0.918 0.865 丕世
C replace 0.301 0.256 0.943 业𠀛
C receives from A foreign
B receives from C
C link 0.966 0.780 0.759 並𠀧丨丩
A receives from C
B link 0.654 0.803 0.685 乁乂
B receives from C foreign during link 0.541 0.270 0.986 乊𠁋乌`,
  'a caret in text that had no item around it made the editor take its update back': `3 writers
B indent 0.140 0.620 0.568 三
C receives from B during enter 0.622 0.511 0.776 不
C softBreak 0.148 0.984 0.087 𠀛东丝
C list 0.284 0.357 0.696 丞
C list 0.192 0.519 0.523 丬中丮𠀯
C type 0.174 0.322 0.175 临丵丶𠀷`,
  'what came from beside a table into it left the page in disorder': `2 writers
A table 0.166 0.012 0.831 两严並𠀧
B receives from A
B removeColumn 0.673 0.661 0.155 丰丱串
B drag 0.440 0.638 0.741 丼丽举
A receives from B foreign
A typeInCell 0.451 0.573 0.894 乌乍乎
B removeRow 0.917 0.937 0.775 乔乕
B undo 0.322 0.516 0.178 乖𠁗乘`,
  'a list made in a cell moved the text of another cell': `2 writers
A paste 0.952 0.229 0.935 𠀷丸丹为𠀻丼
B receives from A
B table 0.768 0.766 0.611 丽举𠀿
B typeInCell 0.729 0.013 0.855 乀乁
A table 0.249 0.967 0.264 久乆
B compose 0.514 0.019 0.764 𠁋乌乍
B receives from A
B list 0.581 0.430 0.407 𠁗乘乙乚`,
  'what was left over of a deleted row moved when a table was put below its own': `2 writers
B table 0.616 0.971 0.533 𠀋
A receives from B during indent 0.630 0.958 0.954 丌
B removeRow 0.113 0.060 0.348 且
A typeInCell 0.249 0.309 0.107 丘丙业
B addRow 0.999 0.961 0.580 乀乁
B receives from A
A enter 0.064 0.983 0.847 𠁧乨乩
B undo 0.374 0.134 0.855 𠁻乼乽
B receives from A during table 0.483 0.960 0.166 乾`,
  'a letter between two markers was written anew with them': `3 writers
B table 0.172 0.321 0.419 乺
A table 0.230 0.641 0.770 乽乾𠁿亀
A receives from B during setCell 0.512 0.673 0.879 亄亅了
A paste 0.230 0.027 0.193 亚𠂛亜亝亞𠂟
B receives from A foreign
B undo 0.301 0.997 0.881 交亥亦𠂧
B list 0.349 0.767 0.753 亨亩亪𠂫`,
  'an item that was centred and moved in left its list centred as well': `2 writers
B enter 0.948 0.345 0.284 东丝
A receives from B
A align 0.832 0.014 0.525 𠀷丸丹
A list 0.393 0.946 0.932 𠁇么
A indent 0.896 0.833 0.354 𠁋乌`,
  'the text of a table itself moved when it became a heading': `3 writers
C table 0.082 0.720 0.491 丙
B receives from C
C removeRow 0.051 0.009 0.661 乆𠁇
C addRow 0.369 0.482 0.505 么义乊𠁋
B paste 0.268 0.164 0.882 乐乑乒𠁓乔乕
C receives from B foreign
C addColumn 0.604 0.048 0.318 乨乩
C block 0.080 0.979 0.669 乪𠁫`,
}
