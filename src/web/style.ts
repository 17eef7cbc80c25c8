/** The whole look of the plain pages. */
export const stylesheet = `
:root { color-scheme: light dark; --line: #8884; --quiet: #767676; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 70rem; padding: 1.5rem 1rem 4rem; font: 16px/1.5 system-ui, sans-serif; }
header { display: flex; gap: 1rem; align-items: baseline; border-bottom: 1px solid var(--line); margin-bottom: 1.5rem; }
header a { font-weight: 700; text-decoration: none; color: inherit; font-size: 1.25rem; }
header .small { font-size: 1rem; font-weight: 400; text-decoration: underline; }
code { overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; margin: 0 0 1rem; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; color: var(--quiet); padding-bottom: .5rem; }
th, td { text-align: left; vertical-align: top; padding: .45rem .8rem .45rem 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; }
time, .quiet { color: var(--quiet); }
time { white-space: nowrap; font-variant-numeric: tabular-nums; }
ol { list-style: none; padding: 0; }
ol li { display: flex; flex-wrap: wrap; gap: 0 1rem; padding: .35rem 0; border-bottom: 1px solid var(--line); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.5rem; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
nav { margin-top: 1.5rem; }
.empty { padding: 2rem 0; }
`;
