"""Builds the XML of invoices: what has no content is not written."""

from collections.abc import Mapping
from xml.etree import ElementTree
from xml.etree.ElementTree import Element


class Nodes:
    """Makes the elements of one vocabulary: ``nodes("ram:Name", "Durand")``."""

    def __init__(self, namespaces: Mapping[str, str]) -> None:
        self._namespaces = namespaces

    def __call__(self, name: str, *content: object, empty: bool = False, **attributes: str) -> Element | None:
        """The element with its text or children; None when it has neither, or only text that is empty.

        ``empty``: written also without content, as the mandatory part about the delivery is.
        """
        kept = [each for each in content if each is not None and each != ""]
        if not kept and not empty:
            return None
        prefix, _, local = name.partition(":")
        element = Element(f"{{{self._namespaces[prefix]}}}{local}", attributes)
        for each in kept:
            if isinstance(each, Element):
                element.append(each)
            else:
                element.text = str(each)
        return element

    def document(self, root: Element | None) -> bytes:
        """The whole document in UTF-8, with the vocabulary's own prefixes."""
        assert root is not None
        for prefix, uri in self._namespaces.items():
            ElementTree.register_namespace(prefix, uri)
        return bytes(ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True))
