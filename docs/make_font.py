"""Make `sim/fonts/KouanSansSC-Regular.otf`: the letters of GB 2312, and what figures need beside them.

    apt-get download fonts-noto-cjk && dpkg-deb -x fonts-noto-cjk_*.deb noto
    python docs/make_font.py noto/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc

The result is the same, byte for byte, from the same collection and the same version of fontTools.
"""

import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTCollection, TTFont

FAMILY = "Kouan Sans SC"
SOURCE = "Noto Sans CJK SC"
FONT = Path(__file__).resolve().parents[1] / "sim" / "fonts" / "KouanSansSC-Regular.otf"
BESIDE = "−–—…“”‘’±×÷·•●○■□▪▶→←↑↓≤≥≈∞°µ€¥‰"
"""Beside GB 2312 and Latin: units, signs of differences, and the marks of figures and tables."""
KEPT_NAMES = [0, 1, 2, 3, 4, 5, 6, 7, 13, 14]
"""Copyright, names, version, trademark and licence."""
NAMES = {1: FAMILY, 2: "Regular", 3: f"{FAMILY} Regular", 4: FAMILY, 6: "KouanSansSC-Regular"}


def main(collection: Path) -> None:
    """Cut the font out of a collection, and name it."""
    font = find_font(collection)
    cut(font, [*map(chr, range(0x20, 0x7F)), *map(chr, range(0xA0, 0x100)), *list_gb2312(), *BESIDE])
    rename(font)
    font.save(FONT)
    print(f"{FONT}: {FONT.stat().st_size:,} bytes, {len(font.getBestCmap()):,} letters")


def find_font(collection: Path) -> TTFont:
    """Return the font of the collection that has the forms of the mainland: the first one has those of Japan."""
    fonts = TTCollection(collection).fonts
    (font,) = [each for each in fonts if each["name"].getDebugName(1) == SOURCE]
    font.recalcTimestamp = False
    return font


def list_gb2312() -> list[str]:
    """Return every letter of GB 2312: 6,763 hanzi in two levels, and the signs before them."""
    codes = (bytes([row, cell]) for row in range(0xA1, 0xF8) for cell in range(0xA1, 0xFF))
    return list("".join(code.decode("gb2312", errors="ignore") for code in codes))


def cut(font: TTFont, letters: list[str]) -> None:
    """Leave out all other letters, and what only printing down the page, hinting and kerning need."""
    options = Options(hinting=False, layout_features=[], name_IDs=KEPT_NAMES, notdef_outline=True)
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "VORG", "vhea", "vmtx"]
    subsetter = Subsetter(options)
    subsetter.populate(text="".join(letters))
    subsetter.subset(font)


def rename(font: TTFont) -> None:
    """Give the font a name of its own, so that nobody takes it for the whole one, nor finds that in its place."""
    for number, text in NAMES.items():
        font["name"].setName(text, number, 3, 1, 0x409)
    top = font["CFF "].cff
    top.fontNames = [NAMES[6]]
    top[0].FullName, top[0].FamilyName = FAMILY, FAMILY


if __name__ == "__main__":
    main(Path(sys.argv[1]))
