"""Conformance checkers for what you plug in: they raise `AssertionError` with what is wrong and what is asked."""

from spatialmem.testing.sources import check_source

__all__ = ["check_source"]
