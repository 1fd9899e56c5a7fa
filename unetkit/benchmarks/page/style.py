"""The page's style sheet: light and dark, by what the reader's system prefers."""

_LIGHT = ["#3457d5", "#d9730d", "#14945c", "#b23bb0", "#0b8ea8", "#c73a4f", "#8a7a00", "#6d55c9", "#4f7a28", "#a1552b"]
_DARK = ["#8aa4ff", "#ffa257", "#4fd193", "#e48be2", "#55c8dd", "#ff8296", "#d9c64a", "#b5a3ff", "#a0cf72", "#dd9a72"]


def _tones(colours: list[str]) -> str:
    return " ".join(f"--t{number}: {colour};" for number, colour in enumerate(colours))


STYLE = f"""
:root {{ --page: #f5f6f8; --card: #fff; --ink: #1b2030; --quiet: #667085; --line: #e3e6ec; --fair: #955f00;
  --fair-wash: #fdf1d7; {_tones(_LIGHT)} }}
@media (prefers-color-scheme: dark) {{
  :root {{ --page: #11141b; --card: #191d27; --ink: #e8eaf0; --quiet: #98a1b3; --line: #2b3140; --fair: #f2bd5c;
    --fair-wash: #38290f; {_tones(_DARK)} }}
}}
* {{ box-sizing: border-box; }}
body {{ margin: 0; background: var(--page); color: var(--ink); overflow-wrap: anywhere;
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }}
main {{ max-width: 1160px; margin: 0 auto; padding: 32px 20px 56px; }}
h1 {{ font-size: 1.8rem; line-height: 1.2; margin: 2px 0 6px; }}
h2 {{ font-size: 1.15rem; margin: 0 0 4px; }}
p {{ margin: 0; }}
.lead {{ color: var(--quiet); font-size: .92rem; margin-bottom: 12px; }}
.card {{ background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 20px 22px;
  margin-top: 18px; min-width: 0; }}
.pair {{ display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0 18px; }}
.note {{ background: var(--fair-wash); color: var(--fair); border-radius: 9px; padding: 8px 12px;
  margin-top: 10px; font-size: .93rem; }}
.scroll {{ overflow-x: auto; }}
table {{ border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .9rem; }}
th {{ font-weight: 500; color: var(--quiet); text-align: right; font-size: .8rem; padding: 6px 9px;
  white-space: nowrap; }}
td {{ padding: 6px 9px; border-top: 1px solid var(--line); text-align: right; white-space: nowrap; }}
th:first-child, td:first-child {{ text-align: left; padding-left: 0; white-space: normal; min-width: 11em; }}
svg {{ display: block; width: 100%; height: auto; }}
svg text {{ fill: var(--quiet); font-size: 13px; font-family: inherit; }}
svg text.name {{ fill: var(--ink); }}
svg .grid {{ stroke: var(--line); }}
svg .path {{ fill: none; stroke: var(--tone); stroke-width: 2.4; stroke-linejoin: round; }}
svg .dot, svg .part {{ fill: var(--tone); }}
svg .sure {{ stroke: var(--ink); stroke-width: 1.6; }}
.quiet {{ --tone: var(--quiet); }}
{" ".join(f".tone-{number} {{ --tone: var(--t{number}); }}" for number in range(len(_LIGHT)))}
.legend {{ display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: .84rem; margin: 6px 0 2px; padding: 0;
  list-style: none; }}
.legend li::before {{ content: ""; display: inline-block; width: 12px; height: 12px; border-radius: 3px;
  background: var(--tone); margin-right: 7px; vertical-align: -1px; }}
@media (max-width: 820px) {{
  .pair {{ grid-template-columns: minmax(0, 1fr); }} main {{ padding: 18px 12px 40px; }} svg text {{ font-size: 16px; }}
}}
@media print {{ .card {{ break-inside: avoid; }} }}
"""
