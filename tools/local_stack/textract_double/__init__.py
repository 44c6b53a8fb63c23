"""A double of Amazon Textract's asynchronous text detection, for a machine without network.

RapidOCR reads the pages. The answers have Textract's format, so that the same calls and the same parser work in the
cloud and locally. It returns PAGE, LINE and WORD blocks, never forms or tables; Textract may find none either. Jobs
are kept in memory.
"""

from tools.local_stack.textract_double.recognition import ocr_pages

__all__ = ["ocr_pages"]
