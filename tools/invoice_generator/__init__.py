"""Draws the project's own invoices from a seed, each with its true values.

Reading is measured on documents that no rule was tuned to: the layouts differ from each other, and authors of reading
rules never read the held-out ones (``heldout*.py``). Only tests, the demonstration and the accuracy table use this
package; the product never imports it.
"""
