"""A double of Amazon Textract's asynchronous analysis, for one machine without the network.

RapidOCR reads the pages; the answers have Textract's shapes, so that the same calls and the same parser serve
cloud and local. It knows PAGE, LINE and WORD; forms and tables are asked for and not found, which Textract's
own answers may say too. Jobs live in memory.
"""

from tools.local_stack.textract_double.recognition import ocr_pages

__all__ = ["ocr_pages"]
