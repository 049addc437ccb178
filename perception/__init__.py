"""Frames become detections and embeddings here. Nothing yet: detectors come with short-term memory."""
