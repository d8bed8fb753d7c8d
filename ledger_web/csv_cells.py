"""Cells of a CSV that no spreadsheet runs as a formula.

A cell that begins with `=`, `+`, `-`, `@`, a tab or a line's end is run as a formula by spreadsheets; where
their language is Chinese, one that begins with the full-width `＝`, `＋`, `－` or `＠` may be, too. Blanks
before it don't help. Such a cell gets an apostrophe before it.
"""

_FORMULA_STARTS = (*"=+-@＝＋－＠", "\t", "\r", "\n")


def disarm(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    is_formula = cell.startswith(_FORMULA_STARTS) or cell.lstrip().startswith(_FORMULA_STARTS)
    return f"'{cell}" if is_formula else cell
