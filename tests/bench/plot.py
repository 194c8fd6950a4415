"""Bars with labels and their spread, as an SVG that is readable on light and on dark paper."""
import html
import math

WIDTH, LABELS, FIGURES, BAR, GAP = 860, 330, 150, 16, 8

STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #24292f; }
  .title { font-weight: 600; font-size: 15px; }
  .note, .tick { fill: #57606a; font-size: 11px; }
  .grid { stroke: #d0d7de; }
  .bar { fill: #8c959f; }
  .ours { fill: #2f81f7; }
  .spread { stroke: #24292f; stroke-width: 1.5; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .note, .tick { fill: #9198a1; }
    .grid { stroke: #3d444d; }
    .bar { fill: #656c76; }
    .spread { stroke: #e6edf3; }
  }
"""


def _ticks(most, logarithmic, least):
    if logarithmic:
        tick = 10 ** math.floor(math.log10(least))
        while tick <= most:
            yield from (tick * step for step in (1, 2, 5) if least <= tick * step <= most)
            tick *= 10
    else:
        step = 10 ** math.floor(math.log10(most))
        step = next(step * part for part in (0.1, 0.2, 0.5, 1, 2) if most / (step * part) <= 8)
        yield from (step * number for number in range(int(most / step) + 1))


def _figure(number):
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def bars(file, title, unit, groups, logarithmic=False):
    """`groups`: [(heading or None, [(label, Spread, whether it is ours)])]. Smaller is better, which the note says."""
    rows = [row for _, some in groups for row in some]
    most = max(spread.most for _, spread, _ in rows) * 1.02
    least = min(spread.least for _, spread, _ in rows) / 2 if logarithmic else 0
    room = WIDTH - LABELS - FIGURES

    def x(number):
        share = math.log(max(number, least) / least) / math.log(most / least) if logarithmic else number / most
        return LABELS + room * share

    out, y = [], 56
    for heading, some in groups:
        if heading:
            y += 8
            out.append(f'<text class="note" x="0" y="{y + 10}">{html.escape(heading)}</text>')
            y += 20
        for label, spread, is_ours in some:
            middle = y + BAR / 2
            out.append(f'<text x="{LABELS - 10}" y="{middle + 4.5}" text-anchor="end">{html.escape(label)}</text>')
            out.append(f'<rect class="bar{" ours" if is_ours else ""}" x="{LABELS}" y="{y}" width="{x(spread.middle) - LABELS:.1f}" height="{BAR}" rx="2"/>')
            out.append(f'<path class="spread" d="M{x(spread.least):.1f} {middle}H{x(spread.most):.1f}m0 -4v8M{x(spread.least):.1f} {middle - 4}v8"/>')
            out.append(f'<text x="{x(spread.most) + 8:.1f}" y="{middle + 4.5}">{_figure(spread.middle)} '
                       f'<tspan class="note">({_figure(spread.least)}–{_figure(spread.most)})</tspan></text>')
            y += BAR + GAP
    grid = []
    for tick in _ticks(most, logarithmic, least):
        grid.append(f'<path class="grid" d="M{x(tick):.1f} 48V{y}"/><text class="tick" x="{x(tick):.1f}" y="{y + 14}" text-anchor="middle">{tick:g}</text>')
    note = f"{unit}; less is better; median, least and most" + ("; the scale is logarithmic" if logarithmic else "")
    file.parent.mkdir(exist_ok=True)
    file.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + 24}" width="{WIDTH}" height="{y + 24}" role="img" '
                    f'aria-label="{html.escape(title)}">\n<style>{STYLE}</style>\n<text class="title" x="0" y="18">{html.escape(title)}</text>\n'
                    f'<text class="note" x="0" y="36">{html.escape(note)}</text>\n' + "\n".join(grid + out) + "\n</svg>\n")
