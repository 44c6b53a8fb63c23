"""Compile the templates to Python modules: `python -m console.templating TARGET`. The layer's build calls it."""

import sys

from jinja2 import FileSystemLoader

from console.rendering import TEMPLATES, environment


def main(target: str) -> None:
    """Write one module per template into `target`. Raises jinja2.TemplateSyntaxError for a wrong one."""
    environment(FileSystemLoader(TEMPLATES)).compile_templates(target, zip=None, ignore_errors=False)


if __name__ == "__main__":
    main(sys.argv[1])
