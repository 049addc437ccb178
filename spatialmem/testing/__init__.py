"""Conformance checkers for what you plug in: they raise `AssertionError` with what is wrong and what is asked."""

from spatialmem.testing.detectors import check_detector
from spatialmem.testing.embedders import check_embedder
from spatialmem.testing.live_sources import check_live_source
from spatialmem.testing.planners import check_planner
from spatialmem.testing.policies import check_policy
from spatialmem.testing.sources import check_source

__all__ = ["check_detector", "check_embedder", "check_live_source", "check_planner", "check_policy", "check_source"]
