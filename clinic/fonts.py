"""The typefaces as small WOFF2 files, cut from the complete TTF files of the font packages.

The packages carry every glyph of every script; our screens need Latin and Arabic. Made once, when static files are collected.
"""

import io
import os
from importlib.resources import files
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

LATIN = [
    *range(0x20, 0x7F),  # Latin
    *range(0xA0, 0x180),  # accents of European and Turkish names
    *range(0x1E00, 0x1F00),  # transliteration dots and macrons (Ḥ, Ṣ, Ṭ)
    *range(0x2010, 0x2028),  # dashes and quotes
    *(
        0x02BE,
        0x02BF,
        0x2030,
        0x2039,
        0x203A,
        0x2044,
        0x20AC,
        0x2122,
        0x2212,
        0x2264,
        0x2265,
        0x2190,
        0x2191,
        0x2192,
        0x2193,
    ),
]
ARABIC = [
    *range(0x20, 0x7F),
    *(0xA0, 0xAB, 0xBB),
    *range(0x600, 0x700),
    *range(0x750, 0x780),
    *range(0x200C, 0x2010),
    *range(0xFB50, 0xFE00),
    *range(0xFE70, 0xFF00),
]
SANS = "IBMPlexSans[wdth,wght].ttf"
CUTS = (
    ("IBMPlexSans-400", "fontpkg_ibm_plex_sans", SANS, {"wght": 400, "wdth": 100}, LATIN),
    ("IBMPlexSans-600", "fontpkg_ibm_plex_sans", SANS, {"wght": 600, "wdth": 100}, LATIN),
    ("IBMPlexSans-700", "fontpkg_ibm_plex_sans", SANS, {"wght": 700, "wdth": 100}, LATIN),
    ("IBMPlexSansArabic-400", "fontpkg_ibm_plex_sans_arabic", "IBMPlexSansArabic-Regular.ttf", None, ARABIC),
    ("IBMPlexSansArabic-600", "fontpkg_ibm_plex_sans_arabic", "IBMPlexSansArabic-SemiBold.ttf", None, ARABIC),
    ("IBMPlexSansArabic-700", "fontpkg_ibm_plex_sans_arabic", "IBMPlexSansArabic-Bold.ttf", None, ARABIC),
    ("IBMPlexMono-400", "fontpkg_ibm_plex_mono", "IBMPlexMono-Regular.ttf", None, LATIN),
    ("IBMPlexMono-600", "fontpkg_ibm_plex_mono", "IBMPlexMono-SemiBold.ttf", None, LATIN),
)


def build(target: Path) -> int:
    """Write each missing WOFF2 file into `target`; returns how many were made."""
    target.mkdir(parents=True, exist_ok=True)
    missing = [cut for cut in CUTS if not (target / f"{cut[0]}.woff2").exists()]
    for name, package, source, place, letters in missing:
        content = _cut(files(package).joinpath("files", source).read_bytes(), letters, place)
        draft = target / f".{name}.{os.getpid()}"
        draft.write_bytes(content)
        draft.replace(target / f"{name}.woff2")
    return len(missing)


def _cut(source: bytes, letters: list[int], place: dict | None) -> bytes:
    """The font with `letters` only; of a variable font the one instance at `place`."""
    font = TTFont(io.BytesIO(source))
    options = Options(flavor="woff2", layout_features=["*"], hinting=False, notdef_outline=True, name_IDs=["*"])
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=letters)
    subsetter.subset(font)
    if place:
        font = instancer.instantiateVariableFont(font, place, inplace=True)
    font.flavor = "woff2"
    buffer = io.BytesIO()
    font.save(buffer)
    return buffer.getvalue()
