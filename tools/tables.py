"""The quality report as a Markdown table."""

from __future__ import annotations


def markdown(result: dict) -> str:
    lines = ["| case | success | already there | unasked changes | changed most | left out |", "|---|---|---|---|---|---|"]
    for name, row in result["cases"].items():
        if "unasked" in row:
            worst = max(row["changes"], key=row["changes"].get)
            lines.append(
                f"| {name} | {row['success']:.1%} | {row['already']:.1%} | {row['unasked']:.1%} "
                f"| {worst} {row['changes'][worst]:.1%} | {', '.join(row['leftOut']) or '-'} |"
            )
        elif name != "base":
            lines.append(f"| {name} | {row['success']:.1%} | | | | |")
    if "summary" in result:
        s = result["summary"]
        lines.append(f"\nAttributes: {s['success']:.1%} on average, {s['lowest']:.1%} at least; unasked changes {s['unasked']:.1%} on average, {s['highestUnasked']:.1%} at most.")
    if "stages" in result:
        s = result["stages"]
        lines.append(f"\nOf {s['afterStageI']} pictures that showed {s['attribute']} after stage I, {s['kept']} did after the last stage.")
    return "\n".join(lines)
