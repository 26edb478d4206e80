"""Documents as PDF: a typst template of ours with its data as JSON, so that nothing typed is ever read as markup."""

import json
from importlib.resources import files

import typst
from django.conf import settings

FOLDER = settings.BASE_DIR / "templates" / "pdf"
FONTS = [str(files(f"fontpkg_ibm_plex_{name}") / "files") for name in ("sans", "sans_arabic", "mono")]


def render(template, data):
    """The PDF (bytes) of `templates/pdf/<template>.typ` over `data`, plain values with every text already translated.

    The template reads them as `#let data = json(bytes(sys.inputs.data))`. Only our own typefaces are used, so a page
    looks the same on every machine.
    """
    return typst.compile(
        str(FOLDER / f"{template}.typ"),
        root=str(FOLDER),
        font_paths=FONTS,
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        format="pdf",
    )
