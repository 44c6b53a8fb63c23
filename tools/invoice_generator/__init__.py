"""The project's own invoices: drawn from a seed, with the truth beside them.

Reading is measured on documents nobody tuned a rule to, so the layouts here are kept unlike each other and
a part of them (``heldout*.py``) is never looked at by whoever writes reading rules. Only tests, the demo and
the accuracy table use this package; the product never imports it.
"""
