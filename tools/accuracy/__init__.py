"""Measures the reader on invoices whose true values are known, and fits its confidences. Not part of the product."""
